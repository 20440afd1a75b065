package alg

import (
	"fmt"
	"math/big"
	"sync"
)

// modpPrimes are the primes that RFC 2409 (section 6) and RFC 3526 define as 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + c),
// their generator 2. The likeliest first.
var modpPrimes = []struct {
	id   uint16
	bits int
	c    int64
}{
	{14, 2048, 124476},
	{2, 1024, 129093},
	{5, 1536, 741804},
	{1, 768, 149686},
	{15, 3072, 1690314},
	{16, 4096, 240904},
	{17, 6144, 929484},
	{18, 8192, 4743158},
}

// modpValues are the groups with a subgroup of prime order of RFC 5114, sections 2.1 to 2.3.
var modpValues = []struct {
	id               uint16
	name             string
	prime, generator string
}{
	{22, "MODP-1024-160", prime22, generator22},
	{23, "MODP-2048-224", prime23, generator23},
	{24, "MODP-2048-256", prime24, generator24},
}

func modpGroups() []*Group {
	var all []*Group
	for _, r := range modpPrimes {
		prime := sync.OnceValue(func() *big.Int { return piPrime(r.bits, r.c) })
		all = append(all, modpGroup(r.id, fmt.Sprintf("MODP-%d", r.bits), r.bits, big.NewInt(2), prime))
	}
	for _, r := range modpValues {
		p := number(r.prime)
		all = append(all, modpGroup(r.id, r.name, p.BitLen(), number(r.generator), func() *big.Int { return p }))
	}
	return all
}

// Limits of a group given as values, lest a damaged New Group Mode message keep the machine busy for minutes.
const (
	minModPBits = 64
	maxModPBits = 16384
)

// ModPGroup makes a group from the prime and the generator of a New Group Mode exchange (RFC 2409, section 5.6), big-endian.
// It is nil where they can't be ones: an even number, one of absurd length, a generator that generates nothing.
func ModPGroup(prime, generator []byte) *Group {
	prime, generator = trimZeros(prime), trimZeros(generator)
	if len(prime)*8 > maxModPBits || len(generator) > len(prime) {
		return nil
	}
	p, g := new(big.Int).SetBytes(prime), new(big.Int).SetBytes(generator)
	if p.Bit(0) == 0 || p.BitLen() < minModPBits || !inModP(g, p) {
		return nil
	}
	return modpGroup(0, fmt.Sprintf("MODP-%d (new group)", p.BitLen()), p.BitLen(), g, func() *big.Int { return p })
}

func modpGroup(id uint16, name string, bits int, g *big.Int, prime func() *big.Int) *Group {
	size := (bits + 7) / 8
	return &Group{
		Name: name, ID: id, PublicLen: size, SharedLen: size,
		Public: func(private []byte) ([]byte, error) {
			return modpExp(g, private, prime(), size)
		},
		Shared: func(private, peer []byte) ([]byte, error) {
			y := new(big.Int)
			if peer = trimZeros(peer); len(peer) <= size {
				y.SetBytes(peer)
			}
			if !inModP(y, prime()) {
				return nil, fmt.Errorf("%s: %w", name, ErrPublicValue)
			}
			return modpExp(y, private, prime(), size)
		},
	}
}

// inModP reports whether 1 < y < p-1 (RFC 6989, section 2.1).
func inModP(y, p *big.Int) bool {
	one := big.NewInt(1)
	return y.Cmp(one) > 0 && y.Cmp(new(big.Int).Sub(p, one)) < 0
}

// modpExp computes base^private mod p in size bytes. A private value longer than p is no private value of this group.
func modpExp(base *big.Int, private []byte, p *big.Int, size int) ([]byte, error) {
	private = trimZeros(private)
	if len(private) == 0 || len(private) > size {
		return nil, ErrPrivateValue
	}
	y := new(big.Int).Exp(base, new(big.Int).SetBytes(private), p)
	return y.FillBytes(make([]byte, size)), nil
}

// piPrime computes 2^n - 2^(n-64) - 1 + 2^64 * ([2^(n-130) pi] + c).
func piPrime(n int, c int64) *big.Int {
	pow := func(e int) *big.Int { return new(big.Int).Lsh(big.NewInt(1), uint(e)) }
	p := piDigits(n - 130)
	p.Add(p, big.NewInt(c)).Lsh(p, 64)
	p.Add(p, pow(n)).Sub(p, pow(n-64))
	return p.Sub(p, big.NewInt(1))
}

// piDigits is [2^n pi], by Machin's formula pi = 16 arctan(1/5) - 4 arctan(1/239).
func piDigits(n int) *big.Int {
	const guard = 64 // more bits than there are rounding errors
	one := new(big.Int).Lsh(big.NewInt(1), uint(n+guard))
	pi := arctanInverse(5, one)
	pi.Mul(pi, big.NewInt(4)).Sub(pi, arctanInverse(239, one))
	pi.Mul(pi, big.NewInt(4))
	return pi.Rsh(pi, guard)
}

// arctanInverse is arctan(1/x) in units of 1/one: 1/x - 1/3x^3 + 1/5x^5 - ...
func arctanInverse(x int64, one *big.Int) *big.Int {
	power := new(big.Int).Quo(one, big.NewInt(x))
	square, sum, term := big.NewInt(x*x), new(big.Int).Set(power), new(big.Int)
	for k := int64(3); power.Sign() > 0; k += 2 {
		power.Quo(power, square)
		term.Quo(power, big.NewInt(k))
		if k%4 == 3 {
			sum.Sub(sum, term)
		} else {
			sum.Add(sum, term)
		}
	}
	return sum
}

// number reads a constant.
func number(hex string) *big.Int {
	n, ok := new(big.Int).SetString(hex, 16)
	if !ok {
		panic("alg: bad constant")
	}
	return n
}

const (
	prime22 = "" +
		"b10b8f96a080e01dde92de5eae5d54ec52c99fbcfb06a3c69a6a9dca52d23b616073e28675a23d189838ef1e2ee652c013ecb4aea906112324975c3cd49b83bf" +
		"accbdd7d90c4bd7098488e9c219a73724effd6fae5644738faa31a4ff55bccc0a151af5f0dc8b4bd45bf37df365c1a65e68cfda76d4da708df1fb2bc2e4a4371"
	generator22 = "" +
		"a4d1cbd5c3fd34126765a442efb99905f8104dd258ac507fd6406cff14266d31266fea1e5c41564b777e690f5504f213160217b4b01b886a5e91547f9e2749f4" +
		"d7fbd7d3b9a92ee1909d0d2263f80a76a6a24c087a091f531dbf0a0169b6a28ad662a4d18e73afa32d779d5918d08bc8858f4dcef97c2a24855e6eeb22b3b2e5"
	prime23 = "" +
		"ad107e1e9123a9d0d660faa79559c51fa20d64e5683b9fd1b54b1597b61d0a75e6fa141df95a56dbaf9a3c407ba1df15eb3d688a309c180e1de6b85a1274a0a6" +
		"6d3f8152ad6ac2129037c9edefda4df8d91e8fef55b7394b7ad5b7d0b6c12207c9f98d11ed34dbf6c6ba0b2c8bbc27be6a00e0a0b9c49708b3bf8a3170918836" +
		"81286130bc8985db1602e714415d9330278273c7de31efdc7310f7121fd5a07415987d9adc0a486dcdf93acc44328387315d75e198c641a480cd86a1b9e587e8" +
		"be60e69cc928b2b9c52172e413042e9b23f10b0e16e79763c9b53dcf4ba80a29e3fb73c16b8e75b97ef363e2ffa31f71cf9de5384e71b81c0ac4dffe0c10e64f"
	generator23 = "" +
		"ac4032ef4f2d9ae39df30b5c8ffdac506cdebe7b89998caf74866a08cfe4ffe3a6824a4e10b9a6f0dd921f01a70c4afaab739d7700c29f52c57db17c620a8652" +
		"be5e9001a8d66ad7c17669101999024af4d027275ac1348bb8a762d0521bc98ae247150422ea1ed409939d54da7460cdb5f6c6b250717cbef180eb34118e98d1" +
		"19529a45d6f834566e3025e316a330efbb77a86f0c1ab15b051ae3d428c8f8acb70a8137150b8eeb10e183edd19963ddd9e263e4770589ef6aa21e7f5f2ff381" +
		"b539cce3409d13cd566afbb48d6c019181e1bcfe94b30269edfe72fe9b6aa4bd7b5a0f1c71cfff4c19c418e1f6ec017981bc087f2a7065b384b890d3191f2bfa"
	prime24 = "" +
		"87a8e61db4b6663cffbbd19c651959998ceef608660dd0f25d2ceed4435e3b00e00df8f1d61957d4faf7df4561b2aa3016c3d91134096faa3bf4296d830e9a7c" +
		"209e0c6497517abd5a8a9d306bcf67ed91f9e6725b4758c022e0b1ef4275bf7b6c5bfc11d45f9088b941f54eb1e59bb8bc39a0bf12307f5c4fdb70c581b23f76" +
		"b63acae1caa6b7902d52526735488a0ef13c6d9a51bfa4ab3ad8347796524d8ef6a167b5a41825d967e144e5140564251ccacb83e6b486f6b3ca3f7971506026" +
		"c0b857f689962856ded4010abd0be621c3a3960a54e710c375f26375d7014103a4b54330c198af126116d2276e11715f693877fad7ef09cadb094ae91e1a1597"
	generator24 = "" +
		"3fb32c9b73134d0b2e77506660edbd484ca7b18f21ef205407f4793a1a0ba12510dbc15077be463fff4fed4aac0bb555be3a6c1b0c6b47b1bc3773bf7e8c6f62" +
		"901228f8c28cbb18a55ae31341000a650196f931c77a57f2ddf463e5e9ec144b777de62aaab8a8628ac376d282d6ed3864e67982428ebc831d14348f6f2f9193" +
		"b5045af2767164e1dfc967c1fb3f2e55a4bd1bffe83b9c80d052b985d182ea0adb2a3b7313d3fe14c8484b1e052588b9b7d2bbd2df016199ecd06e1557cd0915" +
		"b3353bbb64e0ec377fd028370df92b52c7891428cdc67eb6184b523d1db246c32f63078490f00ef8d647d148d47954515e2327cfef98c582664b4c0f6cc41659"
)
