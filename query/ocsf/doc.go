// Package ocsf writes rows in the words of the Open Cybersecurity Schema Framework,
// version 1.3.0 (https://schema.ocsf.io/1.3.0/): API Activity, HTTP Activity and
// Network Activity, with the cloud profile. What OCSF has no word for (the patient's
// token, the purpose of use, the scrubbed record) stands in unmapped, as the framework
// says. A record that could not be read is a base event.
package ocsf
