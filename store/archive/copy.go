package archive

// CopyLast are the prefixes of objects that a copy of an archive gets after all
// else, in that order: the seal log after the objects that it names, checkpoints
// after the log that they sign.
var CopyLast = []string{"log/", "log/checkpoint/"}
