package alg

import (
	"slices"
)

var groups = slices.Concat(modpGroups(), ecpGroups(), curveGroups())

// GroupByID finds a group by its IANA number; nil where it is not supported.
func GroupByID(id uint16) *Group {
	return find(groups, func(g *Group) bool { return g.ID == id })
}

// GroupsByPublicLen lists the groups whose public value has so many bytes, the likeliest first: what a KE payload can belong to
// when the SA payload that chose the group is not in the capture.
func GroupsByPublicLen(n int) []*Group {
	var fit []*Group
	for _, g := range groups {
		if g.PublicLen == n {
			fit = append(fit, g)
		}
	}
	return fit
}
