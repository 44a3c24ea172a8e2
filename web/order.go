package web

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"folkmoot/store"
)

// The orders in which a group shows its threads.
const (
	orderLatest = "latest"
	orderActive = "active"
	orderTop    = "top"
)

// The stretches of time whose most liked threads are shown.
const (
	stretchWeek  = "week"
	stretchMonth = "month"
	stretchAll   = "all"
)

// order is how the threads of a group are asked for: ?sort=active, ?sort=top&in=week. What nobody can mean is the usual.
type order struct {
	Group  string
	Sort   string
	In     string          // stretch of time, of the most liked
	before int64           // thread or last post that the page begins after, 0 for the first page
	after  *store.TopPlace // of the most liked, nil for the first page
}

// orderLink is a link to another way to show the same.
type orderLink struct {
	Name, To string
	Here     bool
}

func orderAsked(group string, q url.Values) order {
	o := order{Group: group, Sort: q.Get("sort"), In: q.Get("in")}
	switch o.Sort {
	case orderActive:
	case orderTop:
		if o.In != stretchWeek && o.In != stretchAll {
			o.In = stretchMonth
		}
		score, thread, _ := strings.Cut(q.Get("after"), ".")
		s, err := strconv.ParseInt(score, 10, 64)
		n, err2 := strconv.ParseInt(thread, 10, 64)
		if err == nil && err2 == nil {
			o.after = &store.TopPlace{Score: s, Thread: n}
		}
		return o
	default:
		o.Sort = orderLatest
	}
	o.In = ""
	if n, err := strconv.ParseInt(q.Get("before"), 10, 64); err == nil && n > 0 {
		o.before = n
	}
	return o
}

// First says whether a page is the first of its order.
func (o order) First() bool { return o.before == 0 && o.after == nil }

// Start is the first page of an order.
func (o order) Start() string {
	switch {
	case o.Sort == orderLatest:
		return "/g/" + o.Group
	case o.In == "" || o.In == stretchMonth:
		return "/g/" + o.Group + "?sort=" + o.Sort
	}
	return "/g/" + o.Group + "?sort=" + o.Sort + "&in=" + o.In
}

// next is the page that begins after a thread.
func (o order) next(p store.Post) string {
	start := o.Start()
	start += map[bool]string{true: "&", false: "?"}[strings.Contains(start, "?")]
	switch o.Sort {
	case orderTop:
		return fmt.Sprintf("%safter=%d.%d", start, p.Score(), p.ID)
	case orderActive:
		return fmt.Sprintf("%sbefore=%d", start, p.Active)
	}
	return fmt.Sprintf("%sbefore=%d", start, p.ID)
}

// Orders are the ways to order the threads, Stretches those to limit them.
func (o order) Orders() []orderLink {
	var all []orderLink
	for _, sort := range []string{orderLatest, orderActive, orderTop} {
		all = append(all, orderLink{Name: "reading.order." + sort, To: order{Group: o.Group, Sort: sort}.Start(), Here: sort == o.Sort})
	}
	return all
}

// Stretches are there for the most liked alone.
func (o order) Stretches() []orderLink {
	if o.Sort != orderTop {
		return nil
	}
	var all []orderLink
	for _, in := range []string{stretchWeek, stretchMonth, stretchAll} {
		all = append(all, orderLink{Name: "reading.order." + in, To: order{Group: o.Group, Sort: orderTop, In: in}.Start(), Here: in == o.In})
	}
	return all
}

func (o order) since(now time.Time) time.Time {
	switch o.In {
	case stretchWeek:
		return now.AddDate(0, 0, -7)
	case stretchMonth:
		return now.AddDate(0, -1, 0)
	}
	return time.Time{}
}

// orderedThreads are the threads of a page, and where the next one is, "" for nowhere.
func (s *Site) orderedThreads(ctx context.Context, o order) (threads []store.Post, next string, err error) {
	switch o.Sort {
	case orderActive:
		threads, err = s.Store.ActiveThreads(ctx, o.Group, o.before, threadsShown+1)
	case orderTop:
		threads, err = s.Store.TopThreads(ctx, o.Group, o.since(s.now()), o.after, threadsShown+1)
	default:
		threads, err = s.Store.Threads(ctx, o.Group, o.before, threadsShown+1)
	}
	if len(threads) > threadsShown {
		threads = threads[:threadsShown]
		next = o.next(threads[threadsShown-1])
	}
	return threads, next, err
}
