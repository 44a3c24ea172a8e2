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

// Why a server could not be reached, after FailedReach. Whatever else it may be stands there as the network says it.
const (
	WhyRefused    = "it refuses connections."
	WhyNoWay      = "there is no way to its address."
	WhyClosed     = "it closed the connection."
	WhyNoName     = "its name is not known."
	WhyNameUnread = "its name could not be looked up."
	WhyOtherName  = "its certificate is for another name."
	WhyExpired    = "its certificate has expired."
	WhyNoTrust    = "its certificate is not from anybody who is trusted."
	WhyNoTLS      = "it does not speak TLS."
)
