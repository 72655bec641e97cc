package watcher

// Listing is what a server holds of interest to one owner.
type Listing struct {
	// Live are the owner's watches, and foreign ones that sit at a wanted id.
	Live []Live
	// Total counts all watches of the server, foreign ones included.
	Total int
	// Complete is false where the pages did not add up; Why then says how.
	// Nothing may be deleted on the strength of an incomplete listing.
	Complete bool
	Why      string
}
