package alg

// The S-boxes of Serpent as sums of products (their algebraic normal form), made from the tables of the paper's appendix A.5;
// TestSerpentBoxes holds them against those tables.

func serpentS0(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd := a&b, a&c, a&d, b&c, b&d
	abc, acd, bcd := ab&c, ac&d, bc&d
	return ^(a ^ c ^ d ^ ab ^ ac ^ bc ^ abc ^ acd ^ bcd), ^(a ^ ac ^ bc ^ bd ^ abc ^ acd ^ bcd), b ^ d ^ ab ^ ac ^ bd ^ abc ^ bcd, a ^ b ^ c ^ d ^ ad
}

func serpentS1(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abd, acd, bcd := ab&d, ac&d, bc&d
	return ^(a ^ b ^ ad ^ bc ^ cd ^ acd ^ bcd), ^(a ^ c ^ d ^ ab ^ ac ^ bd ^ abd ^ acd ^ bcd), ^(b ^ c ^ d ^ ab), ^(b ^ d ^ ac ^ ad ^ abd ^ acd ^ bcd)
}

func serpentS2(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, acd := ab&c, ab&d, ac&d
	return b ^ c ^ d ^ ac, a ^ b ^ c ^ ad ^ bc ^ cd ^ abc ^ abd ^ acd, a ^ b ^ d ^ bc ^ bd ^ cd ^ abd ^ acd, ^(a ^ b ^ c ^ bd ^ abc)
}

func serpentS3(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, acd, bcd := ab&c, ab&d, ac&d, bc&d
	return a ^ b ^ d ^ ad ^ bc ^ cd ^ acd ^ bcd, a ^ b ^ ac ^ ad ^ cd ^ abd ^ acd, a ^ c ^ d ^ ab ^ bd ^ abc ^ abd, a ^ b ^ c ^ d ^ ab ^ ac ^ cd ^ abc ^ acd
}

func serpentS4(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, acd, bcd := ab&c, ab&d, ac&d, bc&d
	return ^(b ^ c ^ d ^ ab ^ ad ^ bd), a ^ d ^ ac ^ bc ^ bd ^ cd ^ acd ^ bcd, a ^ c ^ ab ^ bc ^ bd ^ cd ^ abc ^ abd ^ bcd, a ^ b ^ c ^ ad ^ bc ^ bd ^ abd
}

func serpentS5(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, acd, bcd := ab&c, ab&d, ac&d, bc&d
	return ^(b ^ c ^ d ^ ab ^ ad ^ bd), ^(a ^ c ^ d ^ ab ^ bd ^ cd ^ abd), ^(b ^ d ^ ac ^ cd ^ abd ^ acd ^ bcd), ^(a ^ b ^ c ^ d ^ ad ^ abc ^ acd)
}

func serpentS6(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, bcd := ab&c, ab&d, bc&d
	return ^(a ^ b ^ c ^ d ^ ac ^ bc ^ abc ^ abd ^ bcd), ^(b ^ c ^ ad), ^(a ^ c ^ ab ^ bc ^ bd ^ cd ^ abc ^ abd ^ bcd), b ^ c ^ d ^ ab ^ ac ^ cd ^ abc ^ bcd
}

func serpentS7(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, acd, bcd := ab&c, ab&d, ac&d, bc&d
	return ^(c ^ ab ^ ad ^ bd ^ cd ^ acd ^ bcd), b ^ c ^ d ^ ab ^ ac ^ ad ^ bc ^ abd ^ acd, a ^ b ^ c ^ d ^ ad ^ bd ^ abc ^ abd ^ bcd, a ^ b ^ c ^ ac ^ ad ^ abc
}

// The inverses of the eight S-boxes.

func serpentI0(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abd, acd, bcd := ab&d, ac&d, bc&d
	return ^(c ^ ab ^ ad ^ bc ^ bd ^ cd ^ abd ^ acd ^ bcd), a ^ b ^ c ^ ac ^ bd ^ acd ^ bcd, ^(a ^ b ^ c ^ d ^ ab), ^(a ^ d ^ bc ^ cd ^ abd ^ acd ^ bcd)
}

func serpentI1(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd := a&b, a&c, a&d, b&c, b&d
	abc, acd, bcd := ab&c, ac&d, bc&d
	return ^(a ^ b ^ ab ^ bd ^ abc ^ acd ^ bcd), b ^ c ^ d ^ ad ^ bd ^ abc ^ acd ^ bcd, ^(a ^ b ^ d ^ ac ^ bc ^ abc ^ acd), a ^ c ^ d ^ bd
}

func serpentI2(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, acd := ab&c, ab&d, ac&d
	return a ^ b ^ c ^ bc ^ bd, b ^ c ^ ab ^ ad ^ cd ^ abd ^ acd, ^(a ^ c ^ d ^ ab ^ ad ^ bd ^ abd ^ acd), ^(d ^ ab ^ bc ^ abc ^ acd)
}

func serpentI3(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, acd, bcd := ab&c, ab&d, ac&d, bc&d
	return a ^ c ^ d ^ ad ^ bc ^ bd ^ bcd, b ^ c ^ d ^ ad ^ bc ^ abc ^ acd ^ bcd, ab ^ ac ^ ad ^ bc ^ bd ^ cd ^ abd ^ acd, a ^ b ^ c ^ ac ^ ad ^ cd ^ abc ^ abd
}

func serpentI4(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bd, cd := a&b, a&c, a&d, b&d, c&d
	abc, abd, acd := ab&c, ab&d, ac&d
	return ^(a ^ b ^ c ^ d ^ ad ^ cd ^ abd ^ acd), c ^ d ^ ab ^ ac ^ ad ^ acd, ^(a ^ b ^ c ^ d ^ ab ^ ac ^ bd ^ abc ^ abd), b ^ c ^ ab ^ ad ^ cd ^ abd
}

func serpentI5(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd := a&b, a&c, a&d, b&c, b&d
	abc, abd, acd := ab&c, ab&d, ac&d
	return a ^ d ^ bc ^ abd, a ^ b ^ d ^ ac ^ ad ^ bc ^ abc ^ abd, a ^ c ^ ab ^ bd ^ abd ^ acd, ^(b ^ c ^ ab ^ ad ^ abc)
}

func serpentI6(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, bcd := ab&c, ab&d, bc&d
	return ^(a ^ d ^ ab ^ ac ^ bc ^ abc ^ abd ^ bcd), ^(b ^ c ^ d ^ ac), ^(a ^ b ^ bc ^ bd ^ cd ^ abd ^ bcd), ^(b ^ c ^ d ^ ab ^ ad ^ bc ^ cd ^ abc ^ abd ^ bcd)
}

func serpentI7(a, b, c, d uint32) (w, x, y, z uint32) {
	ab, ac, ad, bc, bd, cd := a&b, a&c, a&d, b&c, b&d, c&d
	abc, abd, acd, bcd := ab&c, ab&d, ac&d, bc&d
	return ^(a ^ b ^ bc ^ bd ^ cd ^ abd ^ bcd), ^(a ^ c ^ d ^ ad ^ bc ^ bd ^ acd ^ bcd), b ^ d ^ ac ^ cd ^ abd ^ acd, c ^ ab ^ ad ^ bd ^ abc ^ abd
}
