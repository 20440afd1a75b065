package source

import (
	"fmt"
	"strings"
	"testing"
)

// What a copy puts between the lines of a text, beside them, or at their ends is undone.
func TestCopiedLines(t *testing.T) {
	each := func(form func(i int, l string) string) func(string) string {
		return func(text string) string {
			i := 0
			return everyLine(text, func(l string) string { i++; return form(i, l) })
		}
	}
	shapes := map[string]func(string) string{
		"numbers on lines of their own": each(func(i int, l string) string { return fmt.Sprintf("%d\n%s", i+11, l) }),
		"tabs as cat -T shows them": func(text string) string {
			return strings.ReplaceAll("\t"+strings.ReplaceAll(text, "\n", "\n\t"), "\t", "^I")
		},
		"tabs at the ends":             each(func(_ int, l string) string { return l + "  \t" }),
		"times without a second colon": each(func(i int, l string) string { return fmt.Sprintf("[2026-11-23 08:43.%02d]  %s", i%60, l) }),
		"last message repeated":        each(func(_ int, l string) string { return l + "\nlast message repeated 2 times" }),
		"broken with a backslash": each(func(_ int, l string) string {
			const width = 60
			for at := width - 1; at < len(l); at += width + 1 {
				l = l[:at] + "\\\n" + l[at:]
			}
			return l
		}),
		"beside itself": each(func(_ int, l string) string {
			return fmt.Sprintf("%-170s   %s", l, l)
		}),
		"beside another version": each(func(i int, l string) string {
			if i == 1 {
				return fmt.Sprintf("%-170s | another line", l)
			}
			return fmt.Sprintf("%-170s   %s", l, l)
		}),
	}
	for product, d := range dumpsOf() {
		want := fmt.Sprint(valuesIn(t, d.text))
		for name, shape := range shapes {
			text := shape(d.text)
			if got := fmt.Sprint(valuesIn(t, text)); got != want {
				t.Errorf("%s, %s: %s\nwant %s\n%s", product, name, got, want, text)
			}
		}
		// A narrow window of two columns cuts rows off.
		text := everyLine(d.text, func(l string) string {
			const column = 62
			return fmt.Sprintf("%-62s  %s", l[:min(len(l), column)], l[:min(len(l), column)])
		})
		values, warnings := valuesIn(t, text)
		for _, v := range values {
			if len(v) > 0 && !strings.Contains(fmt.Sprintf("%x", d.keys), fmt.Sprintf("%x", v)) && warnings == 0 {
				t.Errorf("%s, two columns: %x, and no warning:\n%s", product, v, text)
			}
		}
	}
}

// free5gc names the IKE SA of the keys below.
func TestFree5gcNames(t *testing.T) {
	const keys = "SK_ei: 02bfd989be9e448a29019d9f436b54c9\nSK_er: 2c65c73a1faea7a29bb75d2dd15cfe8c\nSK_d : 5e351a7fab0e49793f993b1d63ea0c061a8edf4f\n"
	check(t, mustRead(t, "====== IKE Security Association Info =====\nInitiator's SPI: 0c68f562cc4ae557\nResponder's  SPI: 8553c16be0f5d3cb\n"+keys+keys),
		"SK_EI 0c68f562cc4ae557:8553c16be0f5d3cb 02bfd989be9e448a29019d9f436b54c9 g1",
		"SK_ER 0c68f562cc4ae557:8553c16be0f5d3cb 2c65c73a1faea7a29bb75d2dd15cfe8c g1",
		"SK_D 0c68f562cc4ae557:8553c16be0f5d3cb 5e351a7fab0e49793f993b1d63ea0c061a8edf4f g1",
		"SK_EI - 02bfd989be9e448a29019d9f436b54c9 g2",
		"SK_ER - 2c65c73a1faea7a29bb75d2dd15cfe8c g2",
		"SK_D - 5e351a7fab0e49793f993b1d63ea0c061a8edf4f g2",
	)
}
