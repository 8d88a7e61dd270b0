package inflate

import (
	"bufio"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"io"
)

// Errors of a member. Neither says anything about what stands in it.
var (
	ErrHeader   = errors.New("gzip: invalid header")
	ErrChecksum = errors.New("gzip: invalid checksum")
	ErrCorrupt  = errors.New("gzip: invalid data")
)

const (
	window = 32 << 10 // bytes that a distance may reach back
	// room is up to where output is made before it must be read: a match and the
	// bytes that a copy may write too much fit behind it.
	room = window + 64<<10
	// mostName is how long a name or comment may be, as the libraries have it.
	mostName = 511
	// ahead is how many bytes of the input the quick loop wants to see.
	ahead = 16
)

// Reader gives the text of one gzip member after the other, each from its Reset to
// io.EOF. The zero value is ready for a Reset; it keeps its memory, some 120 KiB.
type Reader struct {
	in  *bufio.Reader
	buf []byte // of in, peeked: what is before pos was taken
	pos int

	bits uint64 // taken from buf and not used yet: the low n of them
	n    uint   // there may be more, which buf says again

	step  func(*Reader)
	last  bool // the block in hand is the member's last
	plain int  // bytes to come of a stored block

	crc   uint32
	size  uint32
	r, w  int // out[r:w] is to be read
	err   error
	fixed bool // the tables are those of fixed blocks

	literal  [2048]uint32
	distance [1024]uint32
	length   [320]uint8
	out      [room + 512]byte
}

// Reset reads the header of the member that in is at. io.EOF if nothing is there.
// At the member's end in is behind it; until then it is the Reader's.
func (z *Reader) Reset(in *bufio.Reader) error {
	z.in, z.buf, z.pos, z.bits, z.n = in, nil, 0, 0, 0
	z.step, z.last = (*Reader).block, false
	z.crc, z.size, z.r, z.w = 0, 0, 0, 0
	z.err = z.header()
	return z.err
}

// Read gives text. What was whole before a fault comes before the fault.
func (z *Reader) Read(p []byte) (int, error) {
	for z.r == z.w {
		if z.err != nil {
			return 0, z.err
		}
		z.produce()
	}
	n := copy(p, z.out[z.r:z.w])
	z.r += n
	return n, nil
}

// produce makes more of out.
func (z *Reader) produce() {
	if z.w > window {
		z.w = copy(z.out[:], z.out[z.w-window:z.w])
	}
	z.r = z.w
	for z.err == nil && z.w < room {
		z.step(z)
	}
	z.crc = crc32.Update(z.crc, crc32.IEEETable, z.out[z.r:z.w])
	z.size += uint32(z.w - z.r)
	if z.err == errEnd {
		z.err = z.trailer()
	}
}

// errEnd says that the last block ended.
var errEnd = errors.New("end of the last block")

// header takes a member's header.
func (z *Reader) header() error {
	const (
		hasSum     = 1 << 1
		hasExtra   = 1 << 2
		hasName    = 1 << 3
		hasComment = 1 << 4
	)
	h := z.length[:10] // scratch
	if _, err := io.ReadFull(z.in, h); err != nil {
		return err
	}
	if h[0] != 0x1f || h[1] != 0x8b || h[2] != 8 {
		return ErrHeader
	}
	sum := crc32.ChecksumIEEE(h)
	next := func() byte {
		c, err := z.in.ReadByte()
		if err != nil && z.err == nil {
			z.err = unexpected(err)
		}
		sum = crc32.Update(sum, crc32.IEEETable, []byte{c})
		return c
	}
	z.err = nil
	if h[3]&hasExtra != 0 {
		n := int(next())
		for n |= int(next()) << 8; n > 0 && z.err == nil; n-- {
			next()
		}
	}
	for _, has := range [...]byte{hasName, hasComment} {
		for n := 0; h[3]&has != 0 && z.err == nil && next() != 0; n++ {
			if n == mostName {
				return ErrHeader
			}
		}
	}
	if want := uint16(sum); h[3]&hasSum != 0 && z.err == nil {
		if got := uint16(next()); got|uint16(next())<<8 != want && z.err == nil {
			return ErrHeader
		}
	}
	return z.err
}

// trailer takes what is behind the last block, and leaves in behind it.
func (z *Reader) trailer() error {
	z.align()
	sum, err := z.take(32)
	if err != nil {
		return err
	}
	size, err := z.take(32)
	if err != nil {
		return err
	}
	z.align()
	_, _ = z.in.Discard(z.pos) // peeked before
	z.buf, z.pos = nil, 0
	if sum != z.crc || size != z.size {
		return ErrChecksum
	}
	return io.EOF
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// more gets more of the input into buf, behind the last bytes that were taken:
// those that are in bits may be given back. nil if there is more.
func (z *Reader) more() error {
	keep := min(z.pos, 8)
	_, _ = z.in.Discard(z.pos - keep) // peeked before
	z.pos = keep
	_, err := z.in.Peek(keep + 1)
	z.buf, _ = z.in.Peek(z.in.Buffered())
	if len(z.buf) > keep {
		return nil
	}
	return unexpected(err)
}

// fill takes input until bits has 56 or more, or all there are: then it says why
// there are no more.
func (z *Reader) fill() error {
	for z.n < 56 {
		if z.pos == len(z.buf) {
			if err := z.more(); err != nil {
				return err
			}
		}
		z.bits |= uint64(z.buf[z.pos]) << z.n
		z.pos++
		z.n += 8
	}
	return nil
}

// take takes n bits, 32 at most.
func (z *Reader) take(n uint) (uint32, error) {
	if z.n < n {
		if err := z.fill(); z.n < n {
			return 0, err
		}
	}
	v := uint32(z.bits & (1<<n - 1))
	z.drop(n)
	return v, nil
}

func (z *Reader) drop(n uint) {
	z.bits >>= n
	z.n -= n
}

// align drops the bits up to the next whole byte and gives whole ones back.
func (z *Reader) align() {
	z.pos -= int(z.n / 8)
	z.bits, z.n = 0, 0
}

// block takes the header of a block.
func (z *Reader) block() {
	if z.last {
		z.err = errEnd
		return
	}
	h, err := z.take(3)
	if err != nil {
		z.err = err
		return
	}
	z.last = h&1 == 1
	switch h >> 1 {
	case 0:
		z.err = z.stored()
	case 1:
		if !z.fixed {
			z.fixed = z.fixedTables()
		}
		z.step = (*Reader).codes
	case 2:
		z.fixed = false
		z.err = z.tables()
		z.step = (*Reader).codes
	default:
		z.err = ErrCorrupt
	}
}

func (z *Reader) stored() error {
	z.align()
	n, err := z.take(16)
	if err != nil {
		return err
	}
	not, err := z.take(16)
	if err != nil {
		return err
	}
	if n != ^not&0xffff {
		return ErrCorrupt
	}
	z.align()
	z.plain, z.step = int(n), (*Reader).copyPlain
	return nil
}

// copyPlain copies bytes of a stored block.
func (z *Reader) copyPlain() {
	if z.plain == 0 {
		z.step = (*Reader).block
		return
	}
	if z.pos == len(z.buf) {
		if z.err = z.more(); z.err != nil {
			return
		}
	}
	n := copy(z.out[z.w:room], z.buf[z.pos:min(len(z.buf), z.pos+z.plain)])
	z.w += n
	z.pos += n
	z.plain -= n
}

func (z *Reader) fixedTables() bool {
	for i := range 288 {
		switch {
		case i < 144, i >= 280:
			z.length[i] = 8
		case i < 256:
			z.length[i] = 9
		default:
			z.length[i] = 7
		}
	}
	return fill(z.literal[:], literalBits, z.length[:288], literals[:]) &&
		fill(z.distance[:], distanceBits, []uint8{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5}, distances[:])
}

// lengthOrder is the order in which the lengths of the codes of lengths come.
var lengthOrder = [19]uint8{16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15}

// tables takes the codes of a block.
func (z *Reader) tables() error {
	h, err := z.take(14)
	if err != nil {
		return err
	}
	literalN, distanceN, lengthN := int(h&31)+257, int(h>>5&31)+1, int(h>>10)+4
	if literalN > 286 || distanceN > 30 {
		return ErrCorrupt
	}
	var length [19]uint8
	for _, i := range lengthOrder[:lengthN] {
		n, err := z.take(3)
		if err != nil {
			return err
		}
		length[i] = uint8(n)
	}
	code := z.literal[:1<<lengthBits]
	if !fill(code, lengthBits, length[:], lengths[:]) {
		return ErrCorrupt
	}
	all := z.length[:literalN+distanceN]
	for i := 0; i < len(all); {
		err := z.fill()
		e := code[z.bits&(1<<lengthBits-1)]
		if e&special != 0 {
			return ErrCorrupt
		}
		n := uint(e & 63)
		if n > z.n {
			return err
		}
		z.drop(n)
		symbol := e >> 16
		least, extra, value := 1, uint(0), uint8(symbol)
		switch symbol {
		case 16:
			if i == 0 {
				return ErrCorrupt
			}
			least, extra, value = 3, 2, all[i-1]
		case 17:
			least, extra, value = 3, 3, 0
		case 18:
			least, extra, value = 11, 7, 0
		}
		if extra > z.n {
			return err
		}
		times := least + int(z.bits&(1<<extra-1))
		z.drop(extra)
		if i+times > len(all) {
			return ErrCorrupt
		}
		for range times {
			all[i] = value
			i++
		}
	}
	if !fill(z.literal[:], literalBits, all[:literalN], literals[:]) || !fill(z.distance[:], distanceBits, all[literalN:], distances[:]) {
		return ErrCorrupt
	}
	return nil
}

// codes decodes what is in a block.
func (z *Reader) codes() {
	if len(z.buf)-z.pos >= ahead {
		z.quick()
		return
	}
	err := z.fill()
	e := z.literal[z.bits&(1<<literalBits-1)]
	if e&second != 0 {
		e = z.literal[e>>16+uint32(z.bits>>literalBits)&(1<<(e>>8&15)-1)]
	}
	used := uint(e & 63)
	switch {
	case used > z.n:
		z.err = err
		return
	case e&literal != 0:
		z.drop(used)
		z.out[z.w] = byte(e >> 16)
		z.w++
		return
	case e&endsBlock != 0:
		z.drop(used)
		z.step = (*Reader).block
		return
	case e&special != 0:
		z.err = ErrCorrupt
		return
	}
	rest := z.bits >> used
	d := z.distance[rest&(1<<distanceBits-1)]
	if d&second != 0 {
		d = z.distance[d>>16+uint32(rest>>distanceBits)&(1<<(d>>8&15)-1)]
	}
	length, back := value(e, z.bits), value(d, rest)
	switch used += uint(d & 63); {
	case used > z.n:
		z.err = err
	case d&special != 0, back > z.w:
		z.err = ErrCorrupt
	default:
		z.drop(used)
		again(z.out[:], z.w, back, length)
		z.w += length
	}
}

// value is the length or distance of an entry and the bits that it was found by.
func value(e uint32, b uint64) int {
	return int(e>>16) + int(b&(1<<(e&63)-1)>>(e>>8&15))
}

// quick is codes while there is plenty of input and room.
func (z *Reader) quick() {
	b, n, pos, w := z.bits, z.n, z.pos, z.w
	in, out, lit, dist := z.buf, z.out[:], &z.literal, &z.distance
	for last := len(in) - 8; pos <= last && w < room; {
		b |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
		pos += int((63 - n) >> 3)
		n |= 56
		e := lit[b&(1<<literalBits-1)]
		if e&literal != 0 { // three at most, of 10 bits each: there are 56
			out[w] = byte(e >> 16)
			w++
			b >>= e & 63
			n -= uint(e & 63)
			if e = lit[b&(1<<literalBits-1)]; e&literal != 0 {
				out[w] = byte(e >> 16)
				w++
				b >>= e & 63
				n -= uint(e & 63)
				if e = lit[b&(1<<literalBits-1)]; e&literal != 0 {
					out[w] = byte(e >> 16)
					w++
					b >>= e & 63
					n -= uint(e & 63)
					continue
				}
			}
			if pos > last {
				break
			}
			b |= binary.LittleEndian.Uint64(in[pos:]) << (n & 63)
			pos += int((63 - n) >> 3)
			n |= 56
		}
		if e&special != 0 {
			if e&second != 0 {
				e = lit[(e>>16+uint32(b>>literalBits)&(1<<(e>>8&15)-1))&2047]
			}
			if e&literal != 0 {
				out[w] = byte(e >> 16)
				w++
				b >>= e & 63
				n -= uint(e & 63)
				continue
			}
			if e&special != 0 {
				if e&endsBlock != 0 {
					b >>= e & 63
					n -= uint(e & 63)
					z.step = (*Reader).block
				} else {
					z.err = ErrCorrupt
				}
				break
			}
		}
		length := value(e, b)
		b >>= e & 63
		n -= uint(e & 63)
		d := dist[b&(1<<distanceBits-1)]
		if d&special != 0 {
			if d&second != 0 {
				d = dist[(d>>16+uint32(b>>distanceBits)&(1<<(d>>8&15)-1))&1023]
			}
			if d&special != 0 {
				z.err = ErrCorrupt
				break
			}
		}
		back := value(d, b)
		b >>= d & 63
		n -= uint(d & 63)
		if back > w {
			z.err = ErrCorrupt
			break
		}
		again(out, w, back, length)
		w += length
	}
	// Above n there may be bits that buf says again.
	z.bits, z.n, z.pos, z.w = b&(1<<(n&63)-1), n, pos, w
}

// again copies length bytes of out, from back bytes before w, to w. It may write
// up to seven bytes more.
func again(out []byte, w, back, length int) {
	from := w - back
	switch {
	case back >= length && length > 32:
		copy(out[w:w+length], out[from:from+length])
	case back >= 8:
		for i := 0; i < length; i += 8 {
			binary.LittleEndian.PutUint64(out[w+i:], binary.LittleEndian.Uint64(out[from+i:]))
		}
	default:
		for i := range length {
			out[w+i] = out[from+i]
		}
	}
}
