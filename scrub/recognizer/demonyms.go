package recognizer

// demonyms are languages, peoples and faiths, which notes about people name often:
// no names, unless a list of names has them.
var demonyms = func() map[string]bool {
	m := map[string]bool{}
	for _, w := range []string{"Afghan", "African", "Albanian", "Amharic", "Arabic", "Argentinian", "Armenian", "Asian", "Australian", "Bengali", "Bosnian", "Brazilian", "Burmese", "Cambodian", "Canadian", "Cantonese", "Caribbean", "Caucasian", "Cherokee", "Chilean", "Chinese", "Colombian", "Creole", "Croatian", "Cuban", "Czech", "Danish", "Dominican", "Dutch", "Ecuadorian", "Egyptian", "Ethiopian", "European", "Farsi", "Filipino", "Finnish", "Greek", "Guatemalan", "Guatemalteco", "Gujarati", "Haitian", "Hebrew", "Hindi", "Hindu", "Hispanic", "Hmong", "Honduran", "Hungarian", "Indian", "Indonesian", "Iranian", "Iraqi", "Irish", "Islamic", "Israeli", "Italian", "Jamaican", "Japanese", "Jewish", "Kenyan", "Khmer", "Korean", "Kurdish", "Laotian", "Latina", "Latino", "Latvian", "Lebanese", "Lithuanian", "Lutheran", "Malayalam", "Mandarin", "Marathi", "Mexican", "Mormon", "Moroccan", "Muslim", "Navajo", "Nepali", "Nicaraguan", "Nigerian", "Norwegian", "Pakistani", "Palestinian", "Pashto", "Persian", "Peruvian", "Polish", "Portuguese", "Presbyterian", "Protestant", "Punjabi", "Quechua", "Romanian", "Russian", "Salvadoran", "Samoan", "Scandinavian", "Scottish", "Serbian", "Sikh", "Slovak", "Slovenian", "Somali", "Spanish", "Sudanese", "Swahili", "Swedish", "Swiss", "Syrian", "Tagalog", "Taiwanese", "Tamil", "Telugu", "Thai", "Tigrinya", "Tongan", "Turkish", "Ukrainian", "Urdu", "Uzbek", "Venezuelan", "Vietnamese", "Welsh", "Yemeni", "Yiddish", "Yoruba", "Zulu"} {
		m[w] = true
	}
	return m
}()
