package testbytes

import "slices"

// Holes lists the numbers from first to last that names lacks, those of skip aside.
func Holes[T ~uint8 | ~uint16](names map[T]string, first, last T, skip ...T) (missing []T) {
	for v := first; ; v++ {
		if _, ok := names[v]; !ok && !slices.Contains(skip, v) {
			missing = append(missing, v)
		}
		if v == last {
			return missing
		}
	}
}
