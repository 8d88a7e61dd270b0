package recognizer

import "github.com/scrubline/scrubline/schemas"

// Biometric identifiers (P): templates and the ids of faces and voices.
var biometric = Recognizer{
	Name: "biometric_id", Letter: 'P', Treat: schemas.Label,
	Keys: []string{"face id", "faceid", "external image id", "externalimageid", "voice print", "voiceprint", "voice id", "fingerprint id", "fingerprint template", "fp template", "biometric template id", "template id fingerprint", "biometric", "biometric id", "biometric template", "iris", "iris scan", "retina scan", "face template", "facetemplate", "fingerprint", "voiceprint template", "palm print", "retina", "palm vein", "face print", "faceprint", "biometric hash", "biometric data", "face vector", "face embedding", "voice template", "iris template", "iris code", "face ids", "faceids", "fingerprint enrollment id", "voice enrollment id", "face enrollment id", "voiceprint id", "voice print id", "vp id", "palm template id", "palm id", "iris id", "face probe", "face match template", "face match id", "face template id"},
	Value: func(b []byte, i int, _ bool) int {
		j := i
		for j < len(b) && (IsWord(b[j]) || b[j] == '-' || b[j] == '_' || b[j] == '+' || b[j] == '/' || b[j] == '=' || b[j] == '.') {
			j++
		}
		if j-i < 4 || allOrdinary(b[i:j]) || run(b, i) == i && nameWord(b, i) == j { // the voice of a program has a name
			return 0
		}
		return j
	},
}

// Full-face photographs (Q): encoded images, by key or by their first bytes.
var photo = Recognizer{
	Name: "photo", Letter: 'Q', Treat: schemas.Label,
	Keys: []string{"photo", "patient photo", "portrait", "face image", "selfie", "headshot", "photo url", "photo data", "profile picture", "avatar url patient"},
	Value: func(b []byte, i int, _ bool) int {
		j := i
		for j < len(b) && b[j] > ' ' && b[j] != '"' && b[j] != '&' && b[j] != '<' {
			j++
		}
		if j-i < 8 {
			return 0
		}
		return j
	},
}

// ImageAt says that base64 text at i holds a JPEG or a PNG.
func ImageAt(b []byte, i int) bool {
	return i+8 <= len(b) && (string(b[i:i+4]) == "/9j/" || string(b[i:i+8]) == "iVBORw0K")
}
