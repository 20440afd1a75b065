package words

// SAs counts IKE SAs and IPsec SAs: "3 IKE SAs and 6 IPsec SAs".
func SAs(ike, ipsec int) string {
	switch {
	case ipsec == 0:
		return Count(ike, "IKE SA")
	case ike == 0:
		return Count(ipsec, "IPsec SA")
	}
	return Count(ike, "IKE SA") + " and " + Count(ipsec, "IPsec SA")
}
