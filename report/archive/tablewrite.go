package archive

import (
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
)

// WriteParquet writes rows as Parquet, compressed with zstd.
func WriteParquet[T any](w io.Writer, rows []T) error {
	out := parquet.NewGenericWriter[T](w, parquet.Compression(&parquet.Zstd), parquet.CreatedBy("ikedecode", "", ""))
	if _, err := out.Write(rows); err != nil {
		return err
	}
	return out.Close()
}

// WriteCSV writes rows with a header, the columns named as in Parquet. A time is as in RFC 3339, in UTC.
func WriteCSV[T any](w io.Writer, rows []T) error {
	out := csv.NewWriter(w)
	out.UseCRLF = true
	t := reflect.TypeFor[T]()
	record := make([]string, t.NumField())
	for i := range record {
		record[i], _, _ = strings.Cut(t.Field(i).Tag.Get("parquet"), ",")
	}
	err := out.Write(record)
	for i := range rows {
		if err != nil {
			return err
		}
		v := reflect.ValueOf(&rows[i]).Elem()
		for j := range record {
			record[j] = cell(v.Field(j).Interface())
		}
		err = out.Write(record)
	}
	out.Flush()
	return out.Error()
}

func cell(v any) string {
	switch x := v.(type) {
	case *time.Time:
		if x == nil {
			return ""
		}
		return cell(*x)
	case time.Time:
		return x.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}
