package main

// fanout is what became of one post.
type fanout struct{}
