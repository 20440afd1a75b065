package page

// The bounds of the tables of SAs.
const (
	rowsPerTable = 50
	maxTableRows = 20_000
	longestCell  = 200 // characters
)

// A table has columns of text. More rows than rowsPerTable are shown a page at a time.
type table struct {
	ID      string
	Caption string
	Head    []string
	Rows    []tableRow
	Left    int // rows over the bounds
}

// A tableRow is a row; Link, if set, is where its first cell leads.
type tableRow struct {
	Link  string
	Cells []string
}

func (t *table) add(link string, cells ...string) {
	if len(t.Rows) >= maxTableRows {
		t.Left++
		return
	}
	for i := range cells {
		cells[i] = clean(cells[i], longestCell)
	}
	t.Rows = append(t.Rows, tableRow{link, cells})
}

// First are the rows that stand in the page as HTML.
func (t *table) First() []tableRow { return t.Rows[:min(rowsPerTable, len(t.Rows))] }

// Paged reports whether there are more of them.
func (t *table) Paged() bool { return len(t.Rows) > rowsPerTable }

// Name is that of column i, which stands beside its cells on narrow screens.
func (t *table) Name(i int) string { return t.Head[i] }

// data is the table as the script reads it; room is how many bytes it may take. nil where Go wrote all rows.
func (t *table) data(room *int) [][]string {
	if !t.Paged() {
		return nil
	}
	list := make([][]string, 0, len(t.Rows))
	for i, r := range t.Rows {
		row := append([]string{r.Link}, r.Cells...)
		for _, c := range row {
			*room -= jsonLen(c) + 1
		}
		if *room < 0 {
			t.Left += len(t.Rows) - i
			break
		}
		list = append(list, row)
	}
	return list
}
