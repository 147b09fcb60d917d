// Package browser drives a real Chromium through pages, and notes what a user
// would not see: errors in the console, requests that fail, and any that leave
// for another host.
package browser

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Tab is a browser with one page. Only one goroutine uses it.
type Tab struct {
	ctx    context.Context
	kill   context.CancelFunc
	origin string

	mu       sync.Mutex
	problems []string
	paths    map[network.RequestID]string
}

// patience is how long a page may take to do what it is asked to: machines that
// test are slow at times.
const patience = 60 * time.Second

// Start opens a Chromium for the pages of an origin, such as
// http://127.0.0.1:8080, with a profile in dir. Close ends it, or the end of ctx.
func Start(ctx context.Context, executable, dir, origin string) (*Tab, error) {
	ctx, kill := chromedp.NewExecAllocator(ctx,
		chromedp.ExecPath(executable), chromedp.UserDataDir(dir),
		chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
		// The pages are ours, and containers have no user namespaces.
		chromedp.NoSandbox,
		// The browser itself has no business with any other host either.
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("disable-extensions", true),
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("hide-scrollbars", true),
		chromedp.Flag("no-proxy-server", true), chromedp.Flag("lang", "en-GB"),
		chromedp.WSURLReadTimeout(patience),
	)
	t := &Tab{origin: origin, paths: map[network.RequestID]string{}}
	t.ctx, _ = chromedp.NewContext(ctx, chromedp.WithListener(t.note))
	if _, err := chromedp.Call(t.ctx, network.Enable, network.EnableParams{}); err != nil {
		kill()
		return nil, fmt.Errorf("start %s: %w", executable, err)
	}
	if _, err := chromedp.Call(t.ctx, log.Enable, cdp.Empty{}); err != nil {
		kill()
		return nil, fmt.Errorf("listen to the console: %w", err)
	}
	t.kill = kill
	return t, nil
}

// Close ends the browser and waits until it has written the last of its profile.
func (t *Tab) Close() error {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	defer t.kill() // if it did not end by itself
	if err := chromedp.Cancel(ctx); err != nil {
		return fmt.Errorf("end the browser: %w", err)
	}
	if allocator := chromedp.FromContext(t.ctx).Allocator; allocator != nil {
		allocator.Wait()
	}
	return nil
}

// note keeps what is wrong.
func (t *Tab) note(event any) {
	t.mu.Lock()
	defer t.mu.Unlock()
	add := func(format string, args ...any) { t.problems = append(t.problems, fmt.Sprintf(format, args...)) }
	switch e := event.(type) {
	case *network.EventRequestWillBeSent:
		t.paths[e.RequestID] = e.Request.URL
		u, err := url.Parse(e.Request.URL)
		if err != nil || !strings.HasPrefix(e.Request.URL, t.origin+"/") && slices.Contains([]string{"http", "https", "ws", "wss"}, u.Scheme) {
			add("a request to another host: %s", e.Request.URL)
		}
	case *network.EventResponseReceived:
		if e.Response.Status >= 500 {
			add("%s answers %d", e.Response.URL, e.Response.Status)
		}
	case *network.EventLoadingFailed:
		if !e.Canceled {
			add("%s does not load: %s %s", t.paths[e.RequestID], e.ErrorText, e.BlockedReason)
		}
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError || e.Entry.Level == log.EntryLevelWarning {
			add("the console has: %s %s (%s)", e.Entry.Level, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeWarning || e.Type == runtime.ConsoleAPICalledTypeAssert {
			add("the console has a message of type %s", e.Type)
		}
	case *runtime.EventExceptionThrown:
		add("a script throws: %s", e.ExceptionDetails.Text)
	}
}

// Problems is what went wrong since it was last asked.
func (t *Tab) Problems() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	problems := t.problems
	t.problems = nil
	return problems
}

// run performs an action within the tab's patience.
func run[T any](t *Tab, what string, action chromedp.Action[T]) (T, error) {
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	result, err := chromedp.Run(ctx, action)
	if err != nil {
		return result, fmt.Errorf("%s: %w", what, err)
	}
	return result, nil
}

// Go opens the page at a path and waits until it has loaded.
func (t *Tab) Go(path string) error {
	_, err := run(t, "open "+path, chromedp.Navigate(t.origin+path))
	return err
}

// View sets the size of the window in pixels, and whether the system is dark.
func (t *Tab) View(width, height int64, dark bool) error {
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	_, err := run(t, "change the window", chromedp.Steps(
		chromedp.EmulateViewport(width, height),
		chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
				Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}},
			})
			return err
		}),
	))
	return err
}

// Scripts turns the scripts of pages that are opened from now on on or off.
func (t *Tab) Scripts(on bool) error {
	_, err := run(t, "turn scripts on or off", chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
		return err
	}))
	return err
}

// Eval is the value of a JavaScript expression.
func Eval[T any](t *Tab, expression string) (T, error) {
	return run(t, "evaluate "+expression, chromedp.Evaluate[T](expression))
}

// Until waits until an expression is true.
func (t *Tab) Until(expression string) error {
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		// While a page gives way to the next, there is nothing to evaluate in.
		done, err := Eval[bool](t, "!!("+expression+")")
		if err == nil && done {
			return nil
		}
		if time.Now().After(deadline) {
			return errors.Join(fmt.Errorf("after %s it is still not true that %s", patience, expression), err)
		}
	}
}

// Click clicks on the element that a CSS selector finds.
func (t *Tab) Click(selector string) error {
	_, err := run(t, "click "+selector, chromedp.Click(chromedp.CSS(selector)))
	return err
}

// Type types a text into the element that a CSS selector finds.
func (t *Tab) Type(selector, text string) error {
	_, err := run(t, "type into "+selector, chromedp.SendKeys(chromedp.CSS(selector), text))
	return err
}

// Press presses a key, as of chromedp's package kb, wherever the focus is.
func (t *Tab) Press(key string) error {
	_, err := run(t, "press a key", chromedp.KeyEvent(key))
	return err
}

// Screenshot keeps a picture of the whole page as a PNG file.
func (t *Tab) Screenshot(path string) error {
	png, err := run(t, "take a picture", chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	if err := os.WriteFile(path, png, 0o644); err != nil {
		return fmt.Errorf("keep a picture: %w", err)
	}
	return nil
}

// Mark marks the document that is open, and Marked tells whether it still is.
func (t *Tab) Mark() error {
	_, err := Eval[bool](t, "(window.marked = true)")
	return err
}

// Marked tells whether the document is the one that Mark has marked.
func (t *Tab) Marked() (bool, error) { return Eval[bool](t, "window.marked === true") }
