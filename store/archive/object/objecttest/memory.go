package objecttest

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/scrubline/scrubline/store/archive/object"
)

// Memory is an object.Store in memory that passes the suite. What was put can be
// changed behind its back.
type Memory struct {
	mu   sync.Mutex
	data map[string][]byte
}

// Put implements object.Store.
func (m *Memory) Put(ctx context.Context, key string, data []byte) error {
	if err := fine(ctx, key); err != nil {
		return err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, ok := m.data[key]; ok {
		return fmt.Errorf("storing object %s: %w", key, object.ErrExists)
	}
	m.set(key, data)
	return nil
}

func (m *Memory) set(key string, data []byte) {
	if m.data == nil {
		m.data = map[string][]byte{}
	}
	m.data[key] = bytes.Clone(data)
}

// Replace changes an object, or makes one, as somebody does who has the disk.
func (m *Memory) Replace(key string, data []byte) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.set(key, data)
}

// Remove removes objects whose key is key or starts with it and a slash.
func (m *Memory) Remove(key string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for k := range m.data {
		if k == key || strings.HasPrefix(k, strings.TrimSuffix(key, "/")+"/") {
			delete(m.data, k)
		}
	}
}

// Clone is a copy on its own.
func (m *Memory) Clone() *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	c := &Memory{data: make(map[string][]byte, len(m.data))}
	for k, v := range m.data {
		c.data[k] = v // never changed in place
	}
	return c
}

// Get implements object.Store.
func (m *Memory) Get(ctx context.Context, key string, buf []byte) ([]byte, error) {
	if err := fine(ctx, key); err != nil {
		return buf, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.data[key]
	if !ok {
		return buf, fmt.Errorf("reading object %s: %w", key, object.ErrNotExist)
	}
	return append(buf, data...), nil
}

// Head implements object.Store.
func (m *Memory) Head(ctx context.Context, key string) (object.Info, error) {
	if err := fine(ctx, key); err != nil {
		return object.Info{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	data, ok := m.data[key]
	if !ok {
		return object.Info{}, fmt.Errorf("describing object %s: %w", key, object.ErrNotExist)
	}
	return info(key, data), nil
}

func info(key string, data []byte) object.Info {
	return object.Info{Key: key, Size: int64(len(data)), Stored: time.Unix(1, 0)}
}

// List implements object.Store.
func (m *Memory) List(ctx context.Context, prefix string, fn func(object.Info) error) error {
	m.mu.Lock()
	var all []object.Info
	for k, v := range m.data {
		if strings.HasPrefix(k, prefix) {
			all = append(all, info(k, v))
		}
	}
	m.mu.Unlock()
	slices.SortFunc(all, func(a, b object.Info) int { return strings.Compare(a.Key, b.Key) })
	for _, i := range all {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := fn(i); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func fine(ctx context.Context, key string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return object.CheckKey(key)
}
