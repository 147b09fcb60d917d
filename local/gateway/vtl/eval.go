package vtl

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
)

func (r *renderer) eval(e expr) (any, error) {
	switch e := e.(type) {
	case *literal:
		return e.value, nil
	case *reference:
		v, err := r.resolve(e)
		if err != nil {
			return nil, r.fail(e.off, e.raw, err)
		}
		return v, nil
	case *interpolated:
		var out output
		if _, err := r.nodes(e.nodes, &out); err != nil {
			return nil, err
		}
		return out.String(), nil
	case *listExpr:
		list := &List{}
		for _, item := range e.items {
			v, err := r.eval(item)
			if err != nil {
				return nil, err
			}
			list.items = append(list.items, v)
		}
		return list, nil
	case *mapExpr:
		m := NewMap()
		for i := range e.keys {
			k, err := r.eval(e.keys[i])
			if err != nil {
				return nil, err
			}
			v, err := r.eval(e.values[i])
			if err != nil {
				return nil, err
			}
			m.Set(Text(k), v)
		}
		return m, nil
	case *rangeExpr:
		return r.sequence(e)
	case *notExpr:
		ok, err := r.test(e.operand)
		return !ok, err
	case *binaryExpr:
		return r.binary(e)
	}
	return nil, fmt.Errorf("unknown expression %T", e)
}

// test is the truth of a condition. Of values, only references count: null and
// false are false, all else is true. A literal string, number or list is false
// in Velocity 1.7.
func (r *renderer) test(e expr) (bool, error) {
	v, err := r.eval(e)
	if err != nil {
		return false, err
	}
	if b, ok := v.(bool); ok {
		return b, nil
	}
	_, isReference := e.(*reference)
	return isReference && v != nil, nil
}

func (r *renderer) sequence(e *rangeExpr) (any, error) {
	var ends [2]int64
	for i, bound := range []expr{e.from, e.to} {
		v, err := r.eval(bound)
		if err != nil {
			return nil, err
		}
		n, ok := v.(int64)
		if !ok {
			return nil, r.fail(e.off, "range", fmt.Errorf("its ends are integers, not %s", typeName(v)))
		}
		ends[i] = n
	}
	from, to := ends[0], ends[1]
	step := int64(1)
	if to < from {
		step = -1
	}
	length := math.Abs(float64(to)-float64(from)) + 1
	if length+float64(r.work) > maxWork {
		return nil, r.fail(e.off, "range", fmt.Errorf("the template's loops and ranges have more than %d elements", maxWork))
	}
	r.work += int(length)
	list := &List{}
	for n := from; n != to; n += step {
		list.items = append(list.items, n)
	}
	list.items = append(list.items, to)
	return list, nil
}

func (r *renderer) binary(e *binaryExpr) (any, error) {
	switch e.op {
	case "&&", "||":
		left, err := r.test(e.left)
		if err != nil || left == (e.op == "||") {
			return left, err
		}
		return r.test(e.right)
	}
	left, err := r.eval(e.left)
	if err != nil {
		return nil, err
	}
	right, err := r.eval(e.right)
	if err != nil {
		return nil, err
	}
	switch e.op {
	case "==":
		return equal(left, right), nil
	case "!=":
		return !equal(left, right), nil
	case "<", "<=", ">", ">=":
		return less(e.op, left, right), nil
	}
	if e.op == "+" {
		_, l := left.(string)
		_, r := right.(string)
		if l || r {
			return shown(e.left, left) + shown(e.right, right), nil
		}
	}
	v, err := arithmetic(e.op, left, right)
	if err != nil {
		return nil, r.fail(e.off, e.op, err)
	}
	return v, nil
}

// shown is an operand of a concatenation: a null shows its source.
func shown(e expr, v any) string {
	if ref, ok := e.(*reference); ok && v == nil {
		return ref.raw
	}
	return Text(v)
}

// less compares numbers; of anything else Velocity logs an error and holds the
// comparison to be false.
func less(op string, left, right any) bool {
	a, ok1 := number(left)
	b, ok2 := number(right)
	if !ok1 || !ok2 {
		return false
	}
	switch op {
	case "<":
		return a < b
	case "<=":
		return a <= b
	case ">":
		return a > b
	}
	return a >= b
}

// arithmetic gives null where an operand is not a number or the divisor is 0,
// as Velocity does: a #set then leaves its variable as it was.
func arithmetic(op string, left, right any) (any, error) {
	a, ok1 := left.(int64)
	b, ok2 := right.(int64)
	if ok1 && ok2 {
		return integers(op, a, b)
	}
	x, ok1 := number(left)
	y, ok2 := number(right)
	if !ok1 || !ok2 || y == 0 && (op == "/" || op == "%") {
		return nil, nil
	}
	switch op {
	case "+":
		return x + y, nil
	case "-":
		return x - y, nil
	case "*":
		return x * y, nil
	case "/":
		return x / y, nil
	}
	return math.Mod(x, y), nil
}

var errOverflow = errors.New("the result does not fit 64 bits")

func integers(op string, a, b int64) (any, error) {
	switch op {
	case "+":
		if c := a + b; (c > a) == (b > 0) {
			return c, nil
		}
		return nil, errOverflow
	case "-":
		if c := a - b; (c < a) == (b > 0) {
			return c, nil
		}
		return nil, errOverflow
	case "*":
		hi, lo := bits.Mul64(magnitude(a), magnitude(b))
		if hi != 0 || lo > math.MaxInt64 {
			return nil, errOverflow
		}
		return a * b, nil
	}
	if b == 0 {
		return nil, nil
	}
	if op == "/" {
		return a / b, nil
	}
	return a % b, nil
}

func magnitude(n int64) uint64 {
	if n < 0 {
		return -uint64(n)
	}
	return uint64(n)
}
