package wire

import (
	"net/http/httptest"
	"testing"
)

// FuzzRequests: whatever a client sends is answered, in each protocol.
func FuzzRequests(f *testing.F) {
	f.Add([]byte("Action=Echo&Many.member.1.Dims.member.1.Name=x"))
	f.Add([]byte(`{"Many":[{"Dims":[{"Name":"a"}]}],"At":1.5e9,"Data":"AA=="}`))
	f.Add([]byte("\xa1\x62At\xc1\xfb\x41\xda\x95\x45\x66\x4b\xe2\x4e"))
	s := echo()
	f.Fuzz(func(t *testing.T, body []byte) {
		for name, w := range map[string]*httptest.ResponseRecorder{
			"query": call(s, "/", nil, append([]byte("Action=Echo&"), body...)),
			"json":  callJSON(s, "Echo", string(body)),
			"cbor":  callCBOR(s, "Echo", body),
		} {
			if w.Code >= 500 && w.Code != 501 || w.Body.Len() == 0 {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
		}
	})
}
