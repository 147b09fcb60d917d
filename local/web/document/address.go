package document

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"strings"
)

// index is the document that stands for its folder.
const index = "README.md"

// address is where a link of a document leads. Documents are pages; anything else
// in the repository is nowhere but there.
func (f Folder) address(file, link string) (string, error) {
	to, err := url.Parse(link)
	if err != nil {
		return "", err
	}
	if to.IsAbs() || to.Host != "" || strings.HasPrefix(to.Path, "/") {
		return link, nil
	}
	source, err := url.Parse(f.Source)
	if err != nil {
		return "", fmt.Errorf("the address of the folder: %w", err)
	}
	page := url.URL{Path: f.Path}
	resolved := page.JoinPath(file).ResolveReference(to)
	if name, below := strings.CutPrefix(resolved.Path, f.Path); below {
		name = f.document(name)
		if path.Ext(name) == ".md" {
			resolved = page.JoinPath(name)
			resolved.Fragment = to.Fragment
			return resolved.String(), nil
		}
	}
	return source.JoinPath(file).ResolveReference(to).String(), nil
}

// document is a file, or the document that stands for a folder.
func (f Folder) document(name string) string {
	inside := path.Join(name, index)
	if _, err := fs.Stat(f.Files, inside); err != nil {
		return name
	}
	return inside
}
