package alg

import (
	"crypto/ecdh"
	"fmt"
	"math/big"
	"sync"

	"github.com/cloudflare/circl/dh/x448"
)

// curves are the groups over y^2 = x^3 + ax + b mod p: RFC 5903 (19 to 21), RFC 5114 (25, 26) and RFC 5639 with the numbers of
// RFC 6932 (27 to 30). All have cofactor 1.
var curves = []struct {
	id                 uint16
	name               string
	p, a, b, gx, gy, n string
}{
	{19, "ECP-256",
		"ffffffff00000001000000000000000000000000ffffffffffffffffffffffff",
		"ffffffff00000001000000000000000000000000fffffffffffffffffffffffc",
		"5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b",
		"6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296",
		"4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5",
		"ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551",
	},
	{20, "ECP-384",
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff",
		"fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000fffffffc",
		"b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef",
		"aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7",
		"3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f",
		"ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973",
	},
	{21, "ECP-521",
		"01ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
		"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffc",
		"0051953eb9618e1c9a1f929a21a0b68540eea2da725b99b315f3b8b489918ef109e156193951ec7e937b1652c0bd3bb1bf073573df883d2c34f1ef451fd46b503f00",
		"00c6858e06b70404e9cd9e3ecb662395b4429c648139053fb521f828af606b4d3dbaa14b5e77efe75928fe1dc127a2ffa8de3348b3c1856a429bf97e7e31c2e5bd66",
		"011839296a789a3bc0045c8a5fb42c7d1bd998f54449579b446817afbd17273e662c97ee72995ef42640c550b9013fad0761353c7086a272c24088be94769fd16650",
		"01fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffa51868783bf2f966b7fcc0148f709a5d03bb5c9b8899c47aebb6fb71e91386409",
	},
	{25, "ECP-192",
		"fffffffffffffffffffffffffffffffeffffffffffffffff",
		"fffffffffffffffffffffffffffffffefffffffffffffffc",
		"64210519e59c80e70fa7e9ab72243049feb8deecc146b9b1",
		"188da80eb03090f67cbf20eb43a18800f4ff0afd82ff1012",
		"07192b95ffc8da78631011ed6b24cdd573f977a11e794811",
		"ffffffffffffffffffffffff99def836146bc9b1b4d22831",
	},
	{26, "ECP-224",
		"ffffffffffffffffffffffffffffffff000000000000000000000001",
		"fffffffffffffffffffffffffffffffefffffffffffffffffffffffe",
		"b4050a850c04b3abf54132565044b0b7d7bfd8ba270b39432355ffb4",
		"b70e0cbd6bb4bf7f321390b94a03c1d356c21122343280d6115c1d21",
		"bd376388b5f723fb4c22dfe6cd4375a05a07476444d5819985007e34",
		"ffffffffffffffffffffffffffff16a2e0b8f03e13dd29455c5c2a3d",
	},
	{28, "brainpoolP256r1",
		"a9fb57dba1eea9bc3e660a909d838d726e3bf623d52620282013481d1f6e5377",
		"7d5a0975fc2c3057eef67530417affe7fb8055c126dc5c6ce94a4b44f330b5d9",
		"26dc5c6ce94a4b44f330b5d9bbd77cbf958416295cf7e1ce6bccdc18ff8c07b6",
		"8bd2aeb9cb7e57cb2c4b482ffc81b7afb9de27e1e3bd23c23a4453bd9ace3262",
		"547ef835c3dac4fd97f8461a14611dc9c27745132ded8e545c1d54c72f046997",
		"a9fb57dba1eea9bc3e660a909d838d718c397aa3b561a6f7901e0e82974856a7",
	},
	{29, "brainpoolP384r1",
		"8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b412b1da197fb71123acd3a729901d1a71874700133107ec53",
		"7bc382c63d8c150c3c72080ace05afa0c2bea28e4fb22787139165efba91f90f8aa5814a503ad4eb04a8c7dd22ce2826",
		"04a8c7dd22ce28268b39b55416f0447c2fb77de107dcd2a62e880ea53eeb62d57cb4390295dbc9943ab78696fa504c11",
		"1d1c64f068cf45ffa2a63a81b7c13f6b8847a3e77ef14fe3db7fcafe0cbd10e8e826e03436d646aaef87b2e247d4af1e",
		"8abe1d7520f9c2a45cb1eb8e95cfd55262b70b29feec5864e19c054ff99129280e4646217791811142820341263c5315",
		"8cb91e82a3386d280f5d6f7e50e641df152f7109ed5456b31f166e6cac0425a7cf3ab6af6b7fc3103b883202e9046565",
	},
	{30, "brainpoolP512r1",
		"aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca703308717d4d9b009bc66842aecda12ae6a380e62881ff2f2d82c68528aa6056583a48f3",
		"7830a3318b603b89e2327145ac234cc594cbdd8d3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94ca",
		"3df91610a83441caea9863bc2ded5d5aa8253aa10a2ef1c98b9ac8b57f1117a72bf2c7b9e7c1ac4d77fc94cadc083e67984050b75ebae5dd2809bd638016f723",
		"81aee4bdd82ed9645a21322e9c4c6a9385ed9f70b5d916c1b43b62eef4d0098eff3b1f78e2d0d48d50d1687b93b97d5f7c6d5047406a5e688b352209bcb9f822",
		"7dde385d566332ecc0eabfa9cf7822fdf209f70024a57b1aa000c55b881f8111b2dcde494a5f485e5bca4bd88a2763aed1ca2b2fa8f0540678cd1e0f3ad80892",
		"aadd9db8dbe9c48b3fd4e6ae33c9fc07cb308db3b3c9d20ed6639cca70330870553e5c414ca92619418661197fac10471db1d381085ddaddb58796829ca90069",
	},
	{27, "brainpoolP224r1",
		"d7c134aa264366862a18302575d1d787b09f075797da89f57ec8c0ff",
		"68a5e62ca9ce6c1c299803a6c1530b514e182ad8b0042a59cad29f43",
		"2580f63ccfe44138870713b1a92369e33e2135d266dbb372386c400b",
		"0d9029ad2c7e5cf4340823b2a87dc68c9e4ce3174c1e6efdee12c07d",
		"58aa56f772c0726f24c6b89e4ecdac24354b9e99caa3f6d3761402cd",
		"d7c134aa264366862a18302575d0fb98d116bc4b6ddebca3a5a7939f",
	},
}

func ecpGroups() []*Group {
	var all []*Group
	for _, r := range curves {
		size := len(r.p) / 2
		e := sync.OnceValue(func() *curve {
			return &curve{p: number(r.p), a: number(r.a), b: number(r.b), g: point{number(r.gx), number(r.gy)}, n: number(r.n), size: size}
		})
		all = append(all, &Group{
			Name: r.name, ID: r.id, PublicLen: 2 * size, SharedLen: size,
			Public: func(private []byte) ([]byte, error) { return e().public(private) },
			Shared: func(private, peer []byte) ([]byte, error) {
				s, err := e().shared(private, peer)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", r.name, err)
				}
				return s, nil
			},
		})
	}
	return all
}

// A curve computes slowly and in variable time, with plain numbers, so that one page serves nine curves, four of which no
// library at hand has in full. Nothing here is secret from the one who runs it.
type curve struct {
	p, a, b, n *big.Int
	g          point
	size       int // bytes of a coordinate
}

// A point is affine; a nil x is the point at infinity.
type point struct{ x, y *big.Int }

// public is the KE payload of a private value: x | y (RFC 5903, section 7).
func (c *curve) public(private []byte) ([]byte, error) {
	d, err := c.scalar(private)
	if err != nil {
		return nil, err
	}
	q := c.multiply(c.g, d)
	b := make([]byte, 2*c.size)
	q.x.FillBytes(b[:c.size])
	q.y.FillBytes(b[c.size:])
	return b, nil
}

// shared is the x coordinate alone (RFC 5903, section 9; its forerunner RFC 4753 had x | y until an erratum).
func (c *curve) shared(private, peer []byte) ([]byte, error) {
	d, err := c.scalar(private)
	if err != nil {
		return nil, err
	}
	q, err := c.parse(peer)
	if err != nil {
		return nil, err
	}
	return c.multiply(q, d).x.FillBytes(make([]byte, c.size)), nil
}

// scalar reads a private value, 0 < d < n. With a prime order that also means that multiply never ends at infinity.
func (c *curve) scalar(private []byte) (*big.Int, error) {
	private = trimZeros(private)
	if len(private) == 0 || len(private) > c.size {
		return nil, ErrPrivateValue
	}
	d := new(big.Int).SetBytes(private)
	if d.Cmp(c.n) >= 0 {
		return nil, ErrPrivateValue
	}
	return d, nil
}

// parse reads x | y and checks that they are on the curve (RFC 6989, section 2.3).
func (c *curve) parse(b []byte) (point, error) {
	if len(b) != 2*c.size {
		return point{}, ErrPublicValue
	}
	q := point{new(big.Int).SetBytes(b[:c.size]), new(big.Int).SetBytes(b[c.size:])}
	if q.x.Cmp(c.p) >= 0 || q.y.Cmp(c.p) >= 0 {
		return point{}, ErrPublicValue
	}
	right := new(big.Int).Mul(q.x, q.x)
	right.Add(right, c.a).Mul(right, q.x).Add(right, c.b).Mod(right, c.p)
	left := new(big.Int).Mul(q.y, q.y)
	if left.Mod(left, c.p).Cmp(right) != 0 {
		return point{}, ErrPublicValue
	}
	return q, nil
}

// multiply is d times q, by doubling and adding from the highest bit.
func (c *curve) multiply(q point, d *big.Int) point {
	var r point
	for i := d.BitLen() - 1; i >= 0; i-- {
		r = c.add(r, r)
		if d.Bit(i) == 1 {
			r = c.add(r, q)
		}
	}
	return r
}

// add is the group law (RFC 6090, section 3.1).
func (c *curve) add(q, r point) point {
	if q.x == nil {
		return r
	}
	if r.x == nil {
		return q
	}
	slope, ok := c.slope(q, r)
	if !ok {
		return point{}
	}
	x := new(big.Int).Mul(slope, slope)
	x.Sub(x, q.x).Sub(x, r.x).Mod(x, c.p)
	y := new(big.Int).Sub(q.x, x)
	y.Mul(y, slope).Sub(y, q.y).Mod(y, c.p)
	return point{x, y}
}

// slope is that of the line through q and r, of the tangent where they are one point; not ok where it is vertical.
func (c *curve) slope(q, r point) (*big.Int, bool) {
	num, den := new(big.Int).Sub(r.y, q.y), new(big.Int).Sub(r.x, q.x)
	if den.Sign() == 0 {
		if q.y.Cmp(r.y) != 0 || q.y.Sign() == 0 {
			return nil, false
		}
		num.Mul(q.x, q.x).Mul(num, big.NewInt(3)).Add(num, c.a)
		den.Lsh(q.y, 1)
	}
	den.ModInverse(den.Mod(den, c.p), c.p)
	return num.Mul(num, den).Mod(num, c.p), true
}

// curveGroups are Curve25519 and Curve448 (RFC 8031), whose values are the little-endian bytes of RFC 7748.
func curveGroups() []*Group {
	return []*Group{
		{Name: "Curve25519", ID: 31, PublicLen: 32, SharedLen: 32, Public: public25519, Shared: shared25519},
		{Name: "Curve448", ID: 32, PublicLen: x448.Size, SharedLen: x448.Size, Public: public448, Shared: shared448},
	}
}

func public25519(private []byte) ([]byte, error) {
	k, err := ecdh.X25519().NewPrivateKey(private)
	if err != nil {
		return nil, ErrPrivateValue
	}
	return k.PublicKey().Bytes(), nil
}

func shared25519(private, peer []byte) ([]byte, error) {
	k, err := ecdh.X25519().NewPrivateKey(private)
	if err != nil {
		return nil, ErrPrivateValue
	}
	pub, err := ecdh.X25519().NewPublicKey(peer)
	if err != nil {
		return nil, fmt.Errorf("Curve25519: %w", ErrPublicValue)
	}
	s, err := k.ECDH(pub)
	if err != nil { // all zeros: a point of small order (RFC 8031, section 5)
		return nil, fmt.Errorf("Curve25519: %w", ErrPublicValue)
	}
	return s, nil
}

func public448(private []byte) ([]byte, error) {
	if len(private) != x448.Size {
		return nil, ErrPrivateValue
	}
	var pub x448.Key
	x448.KeyGen(&pub, (*x448.Key)(private))
	return pub[:], nil
}

func shared448(private, peer []byte) ([]byte, error) {
	if len(private) != x448.Size {
		return nil, ErrPrivateValue
	}
	var s x448.Key
	if len(peer) != x448.Size || !x448.Shared(&s, (*x448.Key)(private), (*x448.Key)(peer)) {
		return nil, fmt.Errorf("Curve448: %w", ErrPublicValue)
	}
	return s[:], nil
}
