package page

// The bounds of the tables.
const (
	rowsPerTable = 50
	maxTableRows = 20_000
	longestCell  = 200     // characters
	maxTableData = 4 << 20 // bytes of JSON, of all tables
)

// A table has columns of text. More rows than rowsPerTable are shown a page at a time.
type table struct {
	ID      string
	Caption string
	Head    []string
	Rows    []tableRow
	Badge   int // the column with a word that Class colours; -1: none
	Left    int // rows over the bounds
}

// A tableRow is a row.
type tableRow struct {
	ID     string // "": its SA is shown elsewhere
	Link   string // where its first cell leads; "": nowhere
	Class  string
	Tunnel int
	Cells  []string
}

func (t *table) add(r tableRow) {
	if len(t.Rows) >= maxTableRows {
		t.Left++
		return
	}
	for i := range r.Cells {
		r.Cells[i] = clean(r.Cells[i], longestCell)
	}
	t.Rows = append(t.Rows, r)
}

// First are the rows that stand in the page as HTML.
func (t *table) First() []tableRow { return t.Rows[:min(rowsPerTable, len(t.Rows))] }

// Paged reports whether there are more of them.
func (t *table) Paged() bool { return len(t.Rows) > rowsPerTable }

// Name is that of column i, which stands beside its cells on narrow screens.
func (t *table) Name(i int) string { return t.Head[i] }

// data is the table as the script reads it; room is how many bytes it may take. The rows that Go wrote are always in it.
func (t *table) data(room *int) []any {
	list := make([]any, 0, len(t.Rows))
	for i, r := range t.Rows {
		for _, c := range append([]string{r.ID, r.Link, r.Class}, r.Cells...) {
			*room -= jsonLen(c) + 1
		}
		if *room < 0 && i >= rowsPerTable {
			t.Left += len(t.Rows) - i
			break
		}
		list = append(list, []any{r.ID, r.Link, r.Class, r.Tunnel, r.Cells})
	}
	return list
}
