package vtl

// node is one piece of a template.
type node interface{ isNode() }

// expr is a value in an argument, a #set or a condition.
type expr interface{ isExpr() }

type (
	textNode string

	// reference is $a.b, ${a.b(1)} or $!a[0]. As a node it prints; as an
	// expression it has a value.
	reference struct {
		raw     string // as written, which is what a null prints
		off     int
		slashes int // backslashes before it: an odd number escapes it
		quiet   bool
		name    string
		path    []segment
	}

	// segment is .name, .name(args) or [index].
	segment struct {
		name   string
		call   bool
		args   []expr
		index  expr // nil unless [index]
		source string
	}

	setNode struct {
		target *reference
		value  expr
		off    int
	}
	ifNode struct {
		branches  []branch
		otherwise []node
	}
	branch struct {
		condition expr
		body      []node
	}
	foreachNode struct {
		name string
		in   expr
		body []node
		off  int
	}
	breakNode struct{}
	stopNode  struct{}
)

type (
	literal struct{ value any }
	// interpolated is a double-quoted string with references or directives.
	interpolated struct{ nodes []node }
	listExpr     struct{ items []expr }
	mapExpr      struct{ keys, values []expr }
	rangeExpr    struct {
		from, to expr
		off      int
	}
	notExpr    struct{ operand expr }
	binaryExpr struct {
		op          string
		left, right expr
		off         int
	}
)

func (textNode) isNode()     {}
func (*reference) isNode()   {}
func (*setNode) isNode()     {}
func (*ifNode) isNode()      {}
func (*foreachNode) isNode() {}
func (breakNode) isNode()    {}
func (stopNode) isNode()     {}

func (*reference) isExpr()    {}
func (*literal) isExpr()      {}
func (*interpolated) isExpr() {}
func (*listExpr) isExpr()     {}
func (*mapExpr) isExpr()      {}
func (*rangeExpr) isExpr()    {}
func (*notExpr) isExpr()      {}
func (*binaryExpr) isExpr()   {}
