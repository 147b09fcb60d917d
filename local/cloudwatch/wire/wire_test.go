package wire

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/encoding/cbor"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/pixline/pixline/local/awsapi"
)

// everything has each kind of field.
type everything struct {
	Common
	Name    string `wire:"FullName"`
	Count   int
	Size    int64
	Small   *int32
	Ratio   float64
	Maybe   *float64
	Enabled *bool
	At      time.Time
	Data    []byte
	Values  []float64
	Texts   []string
	Times   []time.Time
	Deep    *deep
	Many    []deep
}

// Common is embedded: its members are those of the structure.
type Common struct {
	ARN string `wire:"Arn"`
}

type deep struct {
	Label string
	Dims  []pair
}

type pair struct {
	Name  string `wire:",required"`
	Value string
}

func generated() *rapid.Generator[everything] {
	words := rapid.StringMatching(`[ -~äé世<>&"'\n]{1,12}`)
	moment := rapid.Map(rapid.Int64Range(0, 4e12), func(ms int64) time.Time { return time.UnixMilli(ms).UTC() })
	number := rapid.OneOf(rapid.Float64Range(-1e12, 1e12), rapid.Map(rapid.Int32(), func(i int32) float64 { return float64(i) }))
	deeps := rapid.Custom(func(t *rapid.T) deep {
		d := deep{Label: words.Draw(t, "label")}
		for range rapid.IntRange(0, 3).Draw(t, "dims") {
			d.Dims = append(d.Dims, pair{words.Draw(t, "name"), words.Draw(t, "value")})
		}
		return d
	})
	return rapid.Custom(func(t *rapid.T) everything {
		e := everything{
			Common: Common{words.Draw(t, "arn")}, Name: words.Draw(t, "name"), Count: rapid.Int().Draw(t, "count"),
			Size: rapid.Int64().Draw(t, "size"), Ratio: number.Draw(t, "ratio"), At: moment.Draw(t, "at"),
			Data: rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "data"), Values: rapid.SliceOfN(number, 1, 12).Draw(t, "values"),
			Texts: rapid.SliceOfN(words, 1, 4).Draw(t, "texts"), Times: rapid.SliceOfN(moment, 1, 3).Draw(t, "times"),
			Many: rapid.SliceOfN(deeps, 1, 12).Draw(t, "many"),
		}
		if rapid.Bool().Draw(t, "optional") {
			e.Small, e.Maybe, e.Enabled = rapid.Ptr(rapid.Int32(), false).Draw(t, "small"), rapid.Ptr(number, false).Draw(t, "maybe"), rapid.Ptr(rapid.Bool(), false).Draw(t, "enabled")
			d := deeps.Draw(t, "deep")
			e.Deep = &d
		}
		return e
	})
}

// spread writes a structure as a client of the query protocol does.
func spread(form url.Values, prefix string, n node) {
	switch n := n.(type) {
	case object:
		for _, m := range n {
			spread(form, strings.TrimPrefix(prefix+"."+m.name, "."), m.value)
		}
	case list:
		for i, item := range n {
			spread(form, fmt.Sprintf("%s.member.%d", prefix, i+1), item)
		}
	default:
		var b bytes.Buffer
		if s, ok := n.(string); ok {
			b.WriteString(s)
		} else if err := writeXML(&b, n); err != nil {
			panic(err)
		}
		form.Set(prefix, b.String())
	}
}

// element reads an answer as a client of the query protocol does.
type element struct {
	XMLName  xml.Name
	Text     string    `xml:",chardata"`
	Children []element `xml:",any"`
}

func (e element) node() node {
	if len(e.Children) == 0 {
		return text(e.Text)
	}
	made, members := object{}, list{}
	for _, c := range e.Children {
		made, members = append(made, member{c.XMLName.Local, c.node()}), append(members, c.node())
	}
	if e.Children[0].XMLName.Local == "member" {
		return members
	}
	return made
}

func echo() *Service {
	return New(Options{Name: "Test2010", Namespace: "http://example.com/", MaxBody: 1 << 20, Shapes: map[string]string{"ResourceNotFound": "NotFoundFault"}},
		Serve("Echo", func(_ context.Context, in *everything) (*everything, error) { return in, nil }),
		Serve("Nothing", func(context.Context, *pair) (*struct{}, error) { return &struct{}{}, nil }),
		Serve("Fail", func(context.Context, *struct{}) (*pair, error) {
			return nil, awsapi.Errorf(http.StatusNotFound, "ResourceNotFound", "there is no such thing")
		}),
		Serve("Crash", func(context.Context, *struct{}) (*pair, error) { return nil, errors.New("the disk is full") }),
		Serve("Other", func(context.Context, *struct{}) (*pair, error) {
			return nil, awsapi.Errorf(http.StatusNotFound, "ResourceNotFound", "there is no such thing")
		}).Shape("ResourceNotFound", "OtherNotFound"),
	)
}

func call(s http.Handler, path string, header map[string]string, body []byte) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, path, bytes.NewReader(body))
	for name, value := range header {
		r.Header.Set(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func callJSON(s http.Handler, operation, body string) *httptest.ResponseRecorder {
	return call(s, "/", map[string]string{"X-Amz-Target": "Test2010." + operation, "X-Amzn-Query-Mode": "true"}, []byte(body))
}

func callCBOR(s http.Handler, operation string, body []byte) *httptest.ResponseRecorder {
	return call(s, "/service/Test2010/operation/"+operation, map[string]string{"Smithy-Protocol": "rpc-v2-cbor"}, body)
}

// TestProtocolsAgree: a structure that goes in and comes out in each protocol
// stays what it was.
func TestProtocolsAgree(t *testing.T) {
	t.Parallel()
	s := echo()
	rapid.Check(t, func(t *rapid.T) {
		want := generated().Draw(t, "structure")
		n, err := encode(reflect.ValueOf(want))
		if err != nil {
			t.Fatal(err)
		}
		asJSON, err := appendJSON(nil, n)
		if err != nil {
			t.Fatal(err)
		}
		asCBOR, err := toCBOR(n)
		if err != nil {
			t.Fatal(err)
		}
		form := url.Values{"Action": {"Echo"}, "Version": {"2010-08-01"}}
		spread(form, "", n)

		back := map[string]node{}
		if back["json"], err = readJSON(callJSON(s, "Echo", string(asJSON)).Body.Bytes()); err != nil {
			t.Fatal(err)
		}
		if back["cbor"], err = readCBOR(callCBOR(s, "Echo", cbor.Encode(asCBOR)).Body.Bytes()); err != nil {
			t.Fatal(err)
		}
		var answer element
		if err := xml.Unmarshal(call(s, "/", nil, []byte(form.Encode())).Body.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		if answer.XMLName != (xml.Name{Space: "http://example.com/", Local: "EchoResponse"}) || answer.Children[0].XMLName.Local != "EchoResult" {
			t.Fatalf("the answer is %+v", answer)
		}
		back["query"] = answer.Children[0].node()
		for protocol, n := range back {
			var got everything
			if err := decode(n, reflect.ValueOf(&got).Elem()); err != nil {
				t.Fatalf("%s: %v", protocol, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("%s changed it:\n%s", protocol, diff)
			}
		}
	})
}

func TestErrors(t *testing.T) {
	t.Parallel()
	s := echo()
	for name, c := range map[string]struct {
		got    *httptest.ResponseRecorder
		status int
		header string
		body   string
	}{
		"query":          {call(s, "/", nil, []byte("Action=Fail")), 404, "", "<Error><Type>Sender</Type><Code>ResourceNotFound</Code>"},
		"json":           {callJSON(s, "Fail", "{}"), 404, "ResourceNotFound;Sender", `"__type":"NotFoundFault"`},
		"json's shape":   {callJSON(s, "Other", "{}"), 404, "ResourceNotFound;Sender", `"__type":"OtherNotFound"`},
		"internal":       {callJSON(s, "Crash", ""), 500, "InternalFailure;Receiver", "the disk is full"},
		"unknown":        {callJSON(s, "Nonsense", "{}"), 501, "NotImplemented;Receiver", "Nonsense"},
		"no action":      {call(s, "/", nil, nil), 400, "", "<Code>MalformedInput</Code>"},
		"missing":        {callJSON(s, "Nothing", "{}"), 400, "MissingParameter;Sender", "The parameter Name is required."},
		"missing inside": {callJSON(s, "Echo", `{"Many":[{"Dims":[{"Name":"a"},{}]}]}`), 400, "MissingParameter;Sender", "The parameter Many.member.1.Dims.member.2.Name is required."},
		"wrong type":     {callJSON(s, "Echo", `{"Count":"many"}`), 400, "SerializationException;Sender", "Count: is not of type int"},
		"fraction":       {callJSON(s, "Echo", `{"Count":1.5}`), 400, "SerializationException;Sender", "Count"},
		"wrong number":   {call(s, "/", nil, []byte("Action=Echo&Count=many")), 400, "", "<Code>MalformedInput</Code>"},
		"wrong time":     {call(s, "/", nil, []byte("Action=Echo&At=today")), 400, "", "is not a timestamp"},
		"wrong member":   {call(s, "/", nil, []byte("Action=Echo&Texts.member.x=a")), 400, "", "MalformedInput"},
		"too deep":       {call(s, "/", nil, []byte("Action=Echo&"+strings.Repeat("Deep.", 1e5)+"=1")), 400, "", "MalformedInput"},
		"cut off":        {callJSON(s, "Echo", `{"Count":`), 400, "SerializationException;Sender", "unexpected EOF"},
		"cut off cbor":   {callCBOR(s, "Echo", []byte{0xa1, 0x65}), 400, "", "SerializationException"},
		"other target":   {call(s, "/", map[string]string{"X-Amz-Target": "Else.Echo"}, nil), 400, "", "SerializationException"},
		"too large":      {call(s, "/", nil, bytes.Repeat([]byte("x"), 1<<20+1)), 413, "", "RequestEntityTooLarge"},
		"other encoding": {call(s, "/", map[string]string{"Content-Encoding": "br"}, nil), 415, "", "UnsupportedMediaType"},
		"not gzip":       {call(s, "/", map[string]string{"Content-Encoding": "gzip"}, []byte("Action=Fail")), 400, "", "IncompleteBody"},
	} {
		if c.got.Code != c.status || c.got.Header().Get("X-Amzn-Query-Error") != c.header || !strings.Contains(c.got.Body.String(), c.body) {
			t.Errorf("%s: %d %v %s", name, c.got.Code, c.got.Header(), c.got.Body)
		}
	}
}

// TestCompressed: a body is unpacked, and only as far as the limit.
func TestCompressed(t *testing.T) {
	t.Parallel()
	packed := func(body string) []byte {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := io.WriteString(w, body); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	for body, want := range map[string]string{
		"Action=Echo&FullName=x":                                                       "<FullName>x</FullName>",
		"Action=Echo&FullName=" + strings.Repeat("x", 2<<20):                           "RequestEntityTooLarge",
		"Action=Nothing&Name=x&Ignored.member.1.Else=" + "1":                           "<NothingResponse xmlns=\"http://example.com/\"><ResponseMetadata>",
		"Action=Echo&Values=&Texts.member.10=b&Texts.member.2=a":                       "<Values></Values><Texts><member>a</member><member>b</member></Texts>",
		"Action=Echo&At=2026-11-23T20%3A00%3A00%2B01%3A00&Size=" + strconv.Itoa(1<<40): "<Size>1099511627776</Size><Ratio>0</Ratio><At>2026-11-23T19:00:00.000Z</At>",
	} {
		if got := call(echo(), "/", map[string]string{"Content-Encoding": "gzip"}, packed(body)).Body.String(); !strings.Contains(got, want) {
			t.Errorf("%.60s: %s", body, got)
		}
	}
}
