package secret

import "testing"

// A DH secret is as long as those of a group, perhaps without some of the zeros at its front, or short as those of curves are.
func TestLengthOfDHSecrets(t *testing.T) {
	for n, ok := range map[int]bool{24: true, 32: true, 66: true, 96: true, 100: false, 126: true, 128: true, 129: true, 132: true, 160: false, 189: true, 192: true, 224: false, 256: true, 480: false, 1024: true, 1056: false} {
		for _, k := range []Kind{DHSecret, QMDHSecret} {
			if err := CheckLen(k, n); (err == nil) != ok {
				t.Errorf("%v of %d bytes: %v", k, n, err)
			}
		}
	}
}

// A value that lost nearly all of itself is cut off all the same; made-up ones are short alike.
func TestDropCutFewBytes(t *testing.T) {
	b := Bag{Secrets: []Secret{{Kind: SKd, Group: 1, Value: make([]byte, 32)}, {Kind: SKpi, Group: 1, Value: make([]byte, 7)}, {Kind: SKai, Group: 1, Value: make([]byte, 4)}, {Kind: SKar, Group: 1, Value: make([]byte, 3)}}}
	if cut := b.DropCut(); len(cut) != 1 || cut[0].Kind != SKpi || len(b.Secrets) != 3 {
		t.Errorf("%d cut off, %d left", len(cut), len(b.Secrets))
	}
}
