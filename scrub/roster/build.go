package roster

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"os"

	"github.com/scrubline/scrubline/scrub/durable"
)

// Builder makes a roster of patients that are given to it one by one. Its memory
// does not grow with their number. It is for one goroutine; Close must be called.
type Builder struct {
	header header
	keys   keys
	macs   *hmacs
	roles  roleFilter
	spill  *spill
	index  index

	idLeads, phoneLeads leads
	idShapes            shapes

	lasts, firsts, middles [][]byte // words of the patient in hand
	scratch                []byte
	counts, unusable       [numKinds]uint64
}

// NewBuilder makes a builder under key (32 bytes, see token.Keyring.Derive).
// Entries are kept, encrypted, in a temporary file in dir: some 80 bytes a patient.
func NewBuilder(dir string, key []byte) (*Builder, error) {
	b := &Builder{header: newHeader(key), roles: newRoleFilter()}
	var err error
	if b.keys, err = deriveKeys(key, b.header.salt[:]); err != nil {
		return nil, err
	}
	if b.spill, err = newSpill(dir); err != nil {
		return nil, fmt.Errorf("making a temporary file: %w", err)
	}
	b.macs = newHMACs(b.keys.mac)
	b.index.Lengths, b.index.MixedLengths = make([]uint64, idMax+1), make([]uint64, idMax+1)
	return b, nil
}

// Close removes what is left of the work.
func (b *Builder) Close() {
	b.spill.close()
}

// Value is a cell of the table of patients.
type Value struct {
	Kind Kind
	Text []byte // UTF-8 or Latin-1
}

// Add adds one patient. It keeps nothing of values. Empty values do not count;
// those that no entry can be made of are counted in Info.Unusable. The error is
// of writing.
func (b *Builder) Add(values []Value) error {
	b.index.Patients++
	b.firsts, b.lasts, b.middles = b.firsts[:0], b.lasts[:0], b.middles[:0]
	for _, v := range values {
		if len(v.Text) == 0 || v.Kind == None {
			continue
		}
		b.counts[v.Kind]++
		ok, err := true, error(nil)
		switch v.Kind {
		case FirstName:
			b.firsts = splitWords(b.firsts, v.Text)
		case LastName:
			b.lasts = splitWords(b.lasts, v.Text)
		case Middle:
			b.middles = splitWords(b.middles, v.Text)
		case FullName:
			ok, err = b.fullName(v.Text)
		case Phone:
			ok, err = b.phone(v.Text)
		case Email:
			ok, err = b.email(v.Text)
		case Address:
			ok, err = b.address(v.Text)
		case BirthDate:
		default:
			ok, err = b.id(v.Kind, v.Text)
		}
		if err != nil {
			return err
		}
		if !ok {
			b.unusable[v.Kind]++
		}
	}
	if len(b.firsts) == 0 && len(b.lasts) == 0 {
		return nil
	}
	ok, err := b.name(b.firsts, b.lasts)
	if !ok {
		b.unusable[LastName]++
	}
	return err
}

// add keeps an entry: a hash over n parts and the input of its HMAC.
func (b *Builder) add(s section, x uint64, n int, input []byte) error {
	return b.spill.add(s, entry{b.keys.hash.entry(s, x, n), b.macs.bits(input)})
}

// name keeps the ways in which a person's name is written.
func (b *Builder) name(firsts, lasts [][]byte) (ok bool, err error) {
	if len(firsts) == 0 || len(lasts) == 0 || placeholder(firsts) || placeholder(lasts) {
		return false, nil
	}
	h := &b.keys.hash
	for i, words := range [...][][]byte{firsts, lasts} {
		r := given << i
		b.roles.add(h.bytes(joinWords(words)), r)
		for _, w := range words {
			b.roles.add(h.bytes(w), r)
		}
	}
	for _, m := range b.middles {
		b.roles.add(h.bytes(m), given)
	}
	for _, v := range variants(firsts, lasts) {
		sum := uint64(0)
		for _, w := range v {
			x := h.bytes(w)
			if sum += x; len(v) > 2 {
				b.roles.add(x, several)
			}
		}
		b.index.Sets |= 1 << len(v)
		if err := b.add(names, sum, len(v), appendSet(b.macs.start(FullName), v)); err != nil {
			return false, err
		}
	}
	return true, nil
}

// fullName keeps "Last, First Middle", "First Middle Last" or "Last^First".
func (b *Builder) fullName(text []byte) (bool, error) {
	for i, c := range text {
		if c == ',' || c == '^' {
			rest := splitWords(nil, text[i+1:])
			if len(rest) == 0 {
				return false, nil
			}
			return b.name(rest[:1], splitWords(nil, text[:i]))
		}
	}
	words := splitWords(nil, text)
	if len(words) < 2 {
		return false, nil
	}
	last := len(words) - 1
	for last > 1 && particle(words[last-1]) {
		last--
	}
	return b.name(words[:1], words[last:])
}

// particle says that a word belongs to the family name behind it.
func particle(w []byte) bool {
	switch string(w) {
	case "de", "la", "las", "los", "del", "da", "dos", "di", "du", "le", "van", "von", "der", "den", "ter", "ten", "el", "al", "bin", "ibn", "st", "san", "santa", "mac", "mc", "o", "d":
		return true
	}
	return false
}

func (b *Builder) id(k Kind, text []byte) (ok bool, err error) {
	id, ok := canonicalID(b.scratch[:0], text)
	b.scratch = id[:0]
	if !ok {
		return false, nil
	}
	if n, pure := shape(id); !pure {
		b.idShapes.add(n)
		b.index.MixedLengths[len(id)]++
		p := leading(id)
		b.index.Prefixes |= 1 << p
		b.index.Tails = b.index.Tails || runDigits(id[p:]) < len(id)-p
	} else {
		b.idLeads.add(id)
		b.index.Lengths[len(id)]++
	}
	mac := k.sign(b.macs.bits(append(b.macs.start(MRN), id...)))
	return true, b.spill.add(ids, entry{b.keys.hash.entry(ids, b.keys.hash.bytes(id), 1), mac})
}

func (b *Builder) phone(text []byte) (ok bool, err error) {
	p, ok := canonicalPhone(b.scratch[:0], text)
	b.scratch = p[:0]
	if !ok {
		return false, nil
	}
	b.phoneLeads.add(p)
	return true, b.add(phones, b.keys.hash.bytes(p), 1, append(b.macs.start(Phone), p...))
}

func (b *Builder) email(text []byte) (ok bool, err error) {
	m, ok := canonicalEmail(b.scratch[:0], trimSpace(text))
	b.scratch = m[:0]
	if !ok {
		return false, nil
	}
	return true, b.add(emails, b.keys.hash.bytes(m), 1, append(b.macs.start(Email), m...))
}

func (b *Builder) address(text []byte) (ok bool, err error) {
	number, words := parseStreet(text)
	if len(number) == 0 || len(words) == 0 || len(words) == 1 && (len(words[0]) < 4 || ordinary(words[0])) {
		return false, nil
	}
	h := &b.keys.hash
	for _, w := range firstForms(words[0]) {
		b.roles.add(h.bytes(w), street)
	}
	x := h.bytes(number)
	input := append(b.macs.start(Address), number...)
	for _, w := range words {
		x = h.next(x, h.bytes(w))
		input = append(append(input, ' '), w...)
	}
	b.index.Streets |= 1 << len(words)
	return true, b.add(addresses, x, len(words), input)
}

// Write writes the roster to path, whole or not at all, in the place of one that
// may be there.
func (b *Builder) Write(path string) (err error) {
	if err := durable.Fill(path, 0o600, func(f *os.File) error { return b.write(f) }); err != nil {
		return fmt.Errorf("writing the roster: %w", err)
	}
	return nil
}

func (b *Builder) write(w io.Writer) error {
	s, err := newSealer(w, &b.keys, &b.header)
	if err != nil {
		return err
	}
	x := &b.index
	x.Entries, x.Unusable, x.Distinct = map[string]uint64{}, map[string]uint64{}, map[string]uint64{}
	for k := range numKinds {
		if b.counts[k] > 0 {
			x.Entries[k.String()] = b.counts[k]
		}
		if b.unusable[k] > 0 {
			x.Unusable[k.String()] = b.unusable[k]
		}
	}
	for sec := range numSections {
		si, err := b.section(s, sec)
		if err != nil {
			return err
		}
		x.Sections = append(x.Sections, si)
	}
	b.roles.shrink()
	words := b.roles.appendTo(nil)
	x.Words = extent{uint64(s.size), uint64(len(words))}
	x.IDLeads, x.PhoneLeads = b.idLeads.bytes(), b.phoneLeads.bytes()
	for _, w := range b.idShapes {
		x.Shapes = binary.LittleEndian.AppendUint64(x.Shapes, w)
	}
	if _, err := s.Write(words); err != nil {
		return err
	}
	end, err := json.Marshal(x)
	if err != nil {
		return err
	}
	if _, err := s.Write(binary.LittleEndian.AppendUint64(end, uint64(len(end)))); err != nil {
		return err
	}
	return s.flush(true)
}

// section writes the parts of one.
func (b *Builder) section(s *sealer, sec section) (sectionIndex, error) {
	si := sectionIndex{Name: sec.String()}
	n := int(b.spill.counts[sec])
	if n == 0 {
		return si, nil
	}
	parts := 1
	for n/parts > partEntries && parts < 1<<spillBits {
		parts *= 2
	}
	var fb fuseBuilder
	var es []entry
	step := 1 << spillBits / parts
	for i := range parts {
		var err error
		if es, err = b.spill.read(es, sec, i*step, (i+1)*step); err != nil {
			return si, err
		}
		p, err := fb.build(es, uint64(sec)<<32|uint64(i))
		if err != nil {
			return si, err
		}
		b.index.Distinct[sec.String()] += uint64(len(es))
		si.Parts = append(si.Parts, partIndex{p.seed, p.segment, p.segments, uint64(s.size)})
		if _, err := s.Write(p.cells); err != nil {
			return si, err
		}
	}
	return si, nil
}
