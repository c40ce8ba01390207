package terms

// Plain is the text in small letters and simplified characters, byte for byte: offsets in
// it are offsets in the text as given. What is in the way of words (spaces, characters
// that show nothing, full-width letters) is still there. The caller must not change it.
func (t *Text) Plain() []byte { return t.plain }
