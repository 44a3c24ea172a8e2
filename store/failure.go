package store

// How deliveries fail, as it is kept of a host in English. Pages say the same in the language of their reader.
const (
	FailedKey     = "The group's key cannot be read."
	FailedPrivate = "The server's address is a private one. If that is meant, allow it with fetch.allow_cidrs."
	FailedLate    = "The server did not answer in time."
	FailedReach   = "The server could not be reached: " // and why
	FailedAnswer  = "The server answered "              // and its status
	FailedSaid    = ". It said: "                       // and its words
)
