package vtl

import (
	"errors"
	"fmt"
	"strings"
)

// signal says how a run of nodes ended.
type signal int

const (
	proceed signal = iota
	leaveLoop
	stopAll
)

var errTooLong = fmt.Errorf("the text is longer than %d bytes, the payload limit of API Gateway", MaxOutput)

// output is a text of bounded length.
type output struct{ strings.Builder }

func (o *output) add(s string) error {
	if o.Len()+len(s) > MaxOutput {
		return errTooLong
	}
	o.WriteString(s)
	return nil
}

type renderer struct {
	source string
	vars   map[string]any
	work   int // iterations and range elements so far
}

// newScope makes the variables of a rendering.
func newScope(d Data) map[string]any {
	header := stringMap(d.Header)
	header.fold = true
	in := &input{body: d.Body, path: stringMap(d.Path), query: stringMap(d.Query), header: header}
	vars := map[string]any{"input": in, "util": util{}, "stageVariables": stringMap(d.StageVariables)}
	if d.Context != nil {
		vars["context"] = d.Context
	}
	return vars
}

// fail places err at an offset of the template.
func (r *renderer) fail(off int, what string, err error) error {
	var placed *RenderError
	if errors.As(err, &placed) {
		return err
	}
	line, column := position(r.source, off)
	return &RenderError{Line: line, Column: column, Reference: what, Err: err}
}

func (r *renderer) nodes(nodes []node, out *output) (signal, error) {
	for _, n := range nodes {
		s, err := r.node(n, out)
		if err != nil || s != proceed {
			return s, err
		}
	}
	return proceed, nil
}

func (r *renderer) node(n node, out *output) (signal, error) {
	switch n := n.(type) {
	case textNode:
		if err := out.add(string(n)); err != nil {
			return proceed, r.fail(0, "the template", err)
		}
	case *reference:
		s, err := r.print(n)
		if err == nil {
			err = out.add(s)
		}
		if err != nil {
			return proceed, r.fail(n.off, n.raw, err)
		}
	case *setNode:
		v, err := r.eval(n.value)
		if err != nil {
			return proceed, err
		}
		if v == nil {
			return proceed, nil // Velocity leaves the variable as it was
		}
		if err := r.assign(n.target, v); err != nil {
			return proceed, r.fail(n.off, "#set("+n.target.raw+")", err)
		}
	case *ifNode:
		for _, b := range n.branches {
			ok, err := r.test(b.condition)
			if err != nil {
				return proceed, err
			}
			if ok {
				return r.nodes(b.body, out)
			}
		}
		return r.nodes(n.otherwise, out)
	case *foreachNode:
		return r.foreach(n, out)
	case breakNode:
		return leaveLoop, nil
	case stopNode:
		return stopAll, nil
	}
	return proceed, nil
}

// print gives a reference's text. Backslashes escape one that has a value;
// before one that has none they print as they are, but for each escaped pair.
func (r *renderer) print(ref *reference) (string, error) {
	v, err := r.resolve(ref)
	if err != nil {
		return "", err
	}
	half := strings.Repeat(`\`, ref.slashes/2)
	if ref.slashes%2 == 1 {
		if v == nil {
			half += `\`
		}
		return half + ref.raw, nil
	}
	if v != nil {
		return half + Text(v), nil
	}
	if ref.quiet {
		return half, nil
	}
	return half + half + ref.raw, nil
}

func (r *renderer) foreach(n *foreachNode, out *output) (signal, error) {
	in, err := r.eval(n.in)
	if err != nil {
		return proceed, err
	}
	var items []any
	switch in := in.(type) {
	case *List:
		items = append(items, in.items...)
	case *Map:
		for _, k := range in.keys {
			items = append(items, in.values[k])
		}
	}
	if len(items) > MaxIterations {
		return proceed, r.fail(n.off, "#foreach", fmt.Errorf("%d items; API Gateway iterates at most %d times", len(items), MaxIterations))
	}
	outer, outerItem, outerCount := r.vars["foreach"], r.vars[n.name], r.vars["velocityCount"]
	defer func() {
		r.vars["foreach"], r.vars[n.name], r.vars["velocityCount"] = outer, outerItem, outerCount
	}()
	for i, item := range items {
		loop := NewMap().Set("index", int64(i)).Set("count", int64(i+1)).Set("hasNext", i+1 < len(items))
		loop.Set("first", i == 0).Set("last", i+1 == len(items)).Set("parent", outer)
		r.vars["foreach"], r.vars[n.name], r.vars["velocityCount"] = loop.Freeze(), item, int64(i+1)
		if r.work++; r.work > maxWork {
			return proceed, r.fail(n.off, "#foreach", errors.New("nested loops iterate too often"))
		}
		s, err := r.nodes(n.body, out)
		if err != nil || s == stopAll {
			return s, err
		}
		if s == leaveLoop {
			break
		}
	}
	return proceed, nil
}

// assign sets a variable, or a key or an index of one.
func (r *renderer) assign(target *reference, v any) error {
	if len(target.path) == 0 {
		switch target.name {
		case "input", "util", "context", "stageVariables":
			return errors.New("the variable is API Gateway's own")
		}
		r.vars[target.name] = v
		return nil
	}
	last := target.path[len(target.path)-1]
	holder, err := r.walk(target, len(target.path)-1)
	if err != nil {
		return err
	}
	var key any = last.name
	if last.index != nil {
		if key, err = r.eval(last.index); err != nil {
			return err
		}
	}
	switch h := holder.(type) {
	case *Map:
		if h.readOnly {
			return errors.New("it cannot be changed; of $context, only requestOverride and responseOverride can")
		}
		h.Set(Text(key), v)
		return nil
	case *List:
		i, ok := h.at(key)
		if !ok {
			return fmt.Errorf("index %s is out of the list's %d items", Text(key), len(h.items))
		}
		h.items[i] = v
		return nil
	case nil:
		return errors.New("what comes before the last name has no value, so nothing can be set in it")
	}
	return fmt.Errorf("a %s has nothing to set", typeName(holder))
}
