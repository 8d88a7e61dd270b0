package query

import (
	"context"

	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/schemas"
)

// rowsOfBatches is written as the projection rows_of_batch is, so that the server
// answers from it.
func rowsOfBatches(t schemas.Table) string {
	return "SELECT batch, count() AS n FROM " + t.String() + " GROUP BY batch"
}

// copies lists the batches of a table whose rows may stand in it more than once:
// those with another number of rows than the ledger says, or that are not entered
// there yet. Counting rows of the others is counting, which takes a tenth of the time
// and none of the memory of telling each row from all others. The server has
// these numbers at hand: a projection of the table.
func (s *Service) copies(ctx context.Context, t schemas.Table) ([]string, error) {
	c := newCondition(t, scope{}, nil)
	sql := "SELECT toString(held.batch) FROM (" + rowsOfBatches(t) + ") AS held " +
		"LEFT JOIN (SELECT batch, argMax(rows, inserted_at) AS told FROM batches WHERE table_name = " + c.text(t.String()) + " GROUP BY batch) AS ledger " +
		"ON toString(held.batch) = ledger.batch WHERE held.n != ledger.told LIMIT " + c.param("UInt64", maxCopies+1)
	var list []string
	err := s.each(ctx, sql, c.params, maxCopies+1, func(rows driver.Rows) error {
		var batch string
		err := rows.Scan(&batch)
		list = append(list, batch)
		return err
	})
	return list, err
}
