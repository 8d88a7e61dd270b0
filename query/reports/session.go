package reports

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/ClickHouse/clickhouse-go/v2"
	"github.com/ClickHouse/clickhouse-go/v2/ext"
	"github.com/ClickHouse/clickhouse-go/v2/lib/driver"

	"github.com/scrubline/scrubline/query"
)

// Options configure a Service.
type Options struct {
	Conn     driver.Conn // stays the caller's
	Tenant   string
	Tokens   query.Tokens // nil: raw patient numbers cannot be asked for
	Archive  Archive
	Log      Log              // where runs are recorded
	Software string           // name and version of the program
	Memory   uint64           // of one statement in the server, bytes; 0: DefaultMemory
	Temp     string           // folder for files on their way; "": the system's
	Now      func() time.Time // of the list of runs, and of nothing else; nil: time.Now
}

// DefaultMemory is what a statement may use in the server before it sorts and
// groups on disk.
const DefaultMemory = 1 << 30

// statementTime bounds one statement: a report over a year of a large hospital.
const statementTime = 30 * time.Minute

// Service makes reports. Its methods may be called from many goroutines if those
// of its Archive may.
type Service struct{ opt Options }

// New returns a service.
func New(opt Options) *Service {
	if opt.Memory == 0 {
		opt.Memory = DefaultMemory
	}
	if opt.Now == nil {
		opt.Now = time.Now
	}
	return &Service{opt}
}

// Request says what a report or pack is about.
type Request struct {
	From, Until time.Time      // half open
	Zone        *time.Location // of days and of times that are shown; nil: UTC
	By          string         // who asks; it stands on the cover
	Owner       string         // the subject of that principal; "" of commands
	Reason      string         // why, or a ticket
	Action      string         // report or pack; it stands in the list of runs
	Reports     []string       // ids, for the list of runs
	Patient     string         // number or token
	User        string
	Inputs      map[string]*Input // by name
}

// ErrPeriod means that a request's period is empty.
var ErrPeriod = errors.New("the period ends before it starts")

// ErrNoPatientKey means that a patient's number was given and no key is there to
// make its token.
var ErrNoPatientKey = errors.New("there is no token key to find this patient with")

// Session is a request on its way: the checkpoint it rests on and the tables that
// go along with its queries. It is used by one goroutine.
type Session struct {
	s       *Service
	req     Request
	tables  map[string]*ext.Table
	watch   time.Time // watermark: rows that came in later are left out
	point   Checkpoint
	proof   Verification
	counts  []SourceCount
	copies  bool     // rows may stand twice in the tables
	drills  []string // batch#record of rows that drills made
	archive archiveCounts
	results map[string]CheckResult // by report and check
}

type archiveCounts struct {
	objects, rows, events, tombstones uint64
	unfinished                        map[string]bool // payloads without their end
}

// Open starts a request: it reads the checkpoint, lists and verifies the archive,
// and sets the stored rows beside it. Before it returns the request is in the list
// of runs.
func (s *Service) Open(ctx context.Context, req Request) (*Session, error) {
	if req.Zone == nil {
		req.Zone = time.UTC
	}
	if !req.From.Before(req.Until) {
		return nil, ErrPeriod
	}
	se := &Session{s: s, req: req, tables: map[string]*ext.Table{}, results: map[string]CheckResult{}}
	for _, step := range []func(context.Context) error{se.readArchive, se.readRuns, se.readInputs, se.compare, se.readDrills, se.record} {
		if err := step(ctx); err != nil {
			return nil, err
		}
	}
	return se, nil
}

func (se *Session) readArchive(ctx context.Context) (err error) {
	a := se.s.opt.Archive
	if se.point, err = a.Checkpoint(ctx); err != nil {
		return fmt.Errorf("reading the checkpoint: %w", err)
	}
	objects, err := newTable("objects", archiveColumns["objects"])
	if err != nil {
		return err
	}
	se.tables["objects"] = objects
	se.archive.unfinished = map[string]bool{}
	err = a.Objects(ctx, func(o *Object) error {
		se.archive.objects++
		se.archive.rows += o.Rows
		se.archive.events += o.Events
		se.archive.tombstones += o.Tombstones
		if o.Ingested.After(se.watch) {
			se.watch = o.Ingested
		}
		if se.archive.unfinished[payload(o.Key)] = true; o.Final {
			delete(se.archive.unfinished, payload(o.Key))
		}
		return appendObject(objects, o)
	})
	if err != nil {
		return fmt.Errorf("listing the archive: %w", err)
	}
	if err := se.readHolds(ctx); err != nil {
		return err
	}
	se.watch = se.watch.UTC().Truncate(time.Millisecond)
	if se.proof, err = a.Verify(ctx); err != nil {
		return fmt.Errorf("verifying the archive: %w", err)
	}
	checks, err := newTable("verification", archiveColumns["verification"])
	if err != nil {
		return err
	}
	for _, c := range se.proof.Checks {
		if err := checks.Append(c.Name, c.Status, c.Count, c.Detail, se.proof.Mode); err != nil {
			return fmt.Errorf("making table verification: %w", err)
		}
	}
	problems, err := newTable("problems", archiveColumns["problems"])
	if err != nil {
		return err
	}
	for _, p := range se.proof.Problems {
		if err := problems.Append(p.Kind, p.Key, p.Detail); err != nil {
			return fmt.Errorf("making table problems: %w", err)
		}
	}
	se.tables["verification"], se.tables["problems"] = checks, problems
	return nil
}

func (se *Session) readHolds(ctx context.Context) error {
	list, err := se.s.opt.Archive.Holds(ctx)
	if err != nil {
		return fmt.Errorf("listing legal holds: %w", err)
	}
	t, err := newTable("holds", archiveColumns["holds"])
	for _, h := range list {
		if err == nil {
			err = t.Append(h.Name, h.Matter, h.By, instant(h.Placed), instant(h.Released), h.Reason, h.Objects)
		}
	}
	if err != nil {
		return fmt.Errorf("making table holds: %w", err)
	}
	se.tables["holds"] = t
	return nil
}

func (se *Session) readRuns(context.Context) error {
	t, err := newTable("runs", archiveColumns["runs"])
	if err != nil {
		return err
	}
	runs, err := se.s.opt.Log.Runs()
	if err != nil {
		return fmt.Errorf("reading the list of runs: %w", err)
	}
	for i, r := range runs {
		if err := t.Append(r.Time.UTC(), r.By, r.Action, r.What, r.Reason, r.Outcome, r.Checkpoint, fmt.Sprintf("run %d", i)); err != nil {
			return fmt.Errorf("making table runs: %w", err)
		}
	}
	se.tables["runs"] = t
	return nil
}

// record puts the request into the list of runs. A patient stands there as tokens.
func (se *Session) record(context.Context) error {
	what := fmt.Sprintf("%s, %s to %s", strings.Join(se.req.Reports, " "), se.req.From.UTC().Format(time.RFC3339), se.req.Until.UTC().Format(time.RFC3339))
	if se.req.Patient != "" {
		list, err := se.patient()
		if err != nil {
			return err
		}
		what += ", patient " + strings.Join(list, " ")
	}
	if se.req.User != "" {
		what += ", user " + se.req.User
	}
	for _, k := range Inputs() {
		if in := se.req.Inputs[k.Name]; in != nil {
			what += fmt.Sprintf(", %s list %.16s", k.Name, in.SHA256)
		}
	}
	err := se.s.opt.Log.Append(Run{Time: se.s.opt.Now().UTC().Truncate(time.Millisecond), By: se.req.By, Action: se.req.Action, What: what, Reason: se.req.Reason, Outcome: "asked", Checkpoint: se.point.id()})
	if err != nil {
		return fmt.Errorf("recording the run: %w", err)
	}
	return nil
}

func (se *Session) readInputs(context.Context) error {
	for _, k := range Inputs() {
		t, err := inputTable(k, se.req.Inputs[k.Name])
		if err != nil {
			return err
		}
		se.tables[k.Name] = t
	}
	return nil
}

// readDrills finds the period's rows of drills by the ids that each drill notes before
// it begins.
func (se *Session) readDrills(ctx context.Context) error {
	se.drills = []string{}
	err := se.each(ctx, "SELECT DISTINCT concat(toString(batch), '#', toString(record_no)) AS ref FROM events WHERE "+read().period+
		" AND native_id IN (SELECT native_id FROM drills WHERE tenant_id = {tenant:String}) ORDER BY ref", nil, nil, func(rows driver.Rows) error {
		var ref string
		err := rows.Scan(&ref)
		se.drills = append(se.drills, ref)
		return err
	})
	if err != nil {
		return fmt.Errorf("finding the rows of drills: %w", err)
	}
	return nil
}

// SourceCount sets what is stored of a source beside the ledger and the archive,
// whatever the period, and what of it is in the period.
type SourceCount struct {
	Source   string `json:"source"`
	Table    string `json:"table"`
	Period   uint64 `json:"rows_in_period"`
	Stored   uint64 `json:"rows_stored"`
	Ledger   uint64 `json:"rows_in_ledger"`
	Archived uint64 `json:"rows_under_checkpoint"`
}

// compare counts rows. If the tables hold more rows than the ledger knows, some
// may stand twice (package query says why): then all queries count each once.
func (se *Session) compare(ctx context.Context) error {
	err := se.each(ctx, "SELECT sum(n) > 0 FROM (SELECT toInt64(count()) AS n FROM events UNION ALL SELECT toInt64(count()) FROM flows UNION ALL SELECT -toInt64(sum(rows)) FROM batches FINAL)",
		nil, nil, func(rows driver.Rows) error {
			var more uint8
			err := rows.Scan(&more)
			se.copies = more == 1
			return err
		})
	if err != nil {
		return fmt.Errorf("counting rows: %w", err)
	}
	period := read().period
	err = se.each(ctx, `SELECT source, table_name, sum(period), sum(stored), sum(ledger), sum(archived) FROM (
  SELECT toString(source) AS source, 'events' AS table_name, toUInt64(countIf(`+period+`)) AS period, toUInt64(countIf(ingest_time <= fromUnixTimestamp64Milli({watermark:Int64}, 'UTC'))) AS stored, 0 AS ledger, 0 AS archived
  FROM events WHERE tenant_id = {tenant:String} GROUP BY source
  UNION ALL SELECT toString(source), 'flows', toUInt64(countIf(`+period+`)), toUInt64(countIf(ingest_time <= fromUnixTimestamp64Milli({watermark:Int64}, 'UTC'))), 0, 0 FROM flows WHERE tenant_id = {tenant:String} GROUP BY source
  UNION ALL SELECT source, table_name, 0, 0, sum(rows), 0 FROM batches FINAL WHERE concat(batch, '.parquet') IN (SELECT key FROM objects) GROUP BY source, table_name
  UNION ALL SELECT source, if(source = 'aws_vpcflow', 'flows', 'events'), 0, 0, 0, sum(rows) FROM objects GROUP BY source
) GROUP BY source, table_name ORDER BY source, table_name`, []string{"objects"}, nil, func(rows driver.Rows) error {
		var c SourceCount
		err := rows.Scan(&c.Source, &c.Table, &c.Period, &c.Stored, &c.Ledger, &c.Archived)
		se.counts = append(se.counts, c)
		return err
	})
	if err != nil {
		return fmt.Errorf("counting rows: %w", err)
	}
	return nil
}

// each runs a statement with the session's parameters and the tables it names, and
// calls scan for every row. Errors of the server are told without their text.
func (se *Session) each(ctx context.Context, sql string, tables []string, subject []string, scan func(driver.Rows) error) error {
	limited, cancel := context.WithTimeout(ctx, statementTime)
	defer cancel()
	memory := se.s.opt.Memory
	settings := clickhouse.Settings{
		"max_execution_time": int(statementTime / time.Second), "timeout_overflow_mode": "throw",
		"max_memory_usage":               memory,
		"max_bytes_before_external_sort": memory / 2, "max_bytes_before_external_group_by": memory / 2,
		"max_block_size": 32768,
	}
	if se.copies {
		settings["final"] = 1
		settings["do_not_merge_across_partitions_select_final"] = 1
	}
	var along []*ext.Table
	for _, name := range tables {
		along = append(along, se.tables[name])
	}
	options := []clickhouse.QueryOption{clickhouse.WithSettings(settings)}
	if len(along) > 0 {
		options = append(options, clickhouse.WithExternalTable(along...))
	}
	if subject == nil {
		subject = []string{}
	}
	rows, err := se.s.opt.Conn.Query(clickhouse.Context(limited, options...), sql,
		clickhouse.Named("tenant", se.s.opt.Tenant), clickhouse.Named("from", se.req.From.UnixMilli()), clickhouse.Named("until", se.req.Until.UnixMilli()),
		clickhouse.Named("watermark", se.watch.UnixMilli()), clickhouse.Named("tz", se.req.Zone.String()), clickhouse.Named("sample", se.sampling()),
		clickhouse.Named("subject", subject), clickhouse.Named("drills", se.drills))
	if err != nil {
		return query.Classify(ctx, err)
	}
	defer func() { _ = rows.Close() }()
	for rows.Next() {
		if err := scan(rows); err != nil {
			return err
		}
	}
	return query.Classify(ctx, rows.Err())
}

// sampledRows is about how many records R16 looks at again.
const sampledRows = 50_000

// sampling is the share of minutes that R16 looks at: one in so many.
func (se *Session) sampling() uint64 {
	return max(1, se.archive.rows/sampledRows)
}

// payload is what an object's key says of its payload.
func payload(key string) string {
	at := strings.LastIndexByte(key, '/')
	return key[:max(at, 0)]
}
