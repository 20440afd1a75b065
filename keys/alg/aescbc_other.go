//go:build !amd64

package alg

// A wideECB is nothing that can be had here.
type wideECB struct{}

// newWideECB returns nil, as newWideCBC does.
func newWideECB([]byte) *wideECB { return nil }

func (*wideECB) encrypt(*[128]byte) {}

// newWideCBC returns nil: there is only the library's CBC here.
func newWideCBC([]byte) (Decrypter, error) { return nil, nil }
