package web

// Long threads show their branches folded: of a page with more comments than that, those branches that have many.
const (
	unfoldedThread = 60
	unfoldedBranch = 8
)

// fold counts the comments that are seen under each, and folds long branches. The answers to the first post stay in sight.
func fold(nodes []node, long bool) (seen int) {
	for i := range nodes {
		n := &nodes[i]
		n.Under = fold(n.Answers, long)
		n.Folded = long && n.Under > unfoldedBranch
		if seen += n.Under; n.Gone == "" {
			seen++
		}
	}
	return seen
}
