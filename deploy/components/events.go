package components

import (
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
)

// EventsARN is the target of MinIO's notifications with MinIOEvents. The bucket has
// to ask for them (PutBucketNotificationConfiguration, as a queue).
const EventsARN = "arn:minio:sqs::events:webhook"

// MinIOEvents starts MinIO like MinIO, with a bridge over which its notifications
// go to deliver, each as the text of a message: its own servers of queues are not
// SQS. An event that deliver fails for MinIO sends again.
func MinIOEvents(t testing.TB, deliver func(event string) error) (endpoint string, p *Process) {
	t.Helper()
	bridge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		b, err := io.ReadAll(r.Body)
		if err == nil && len(b) > 0 { // it asks without a body whether we are there
			err = deliver(string(b))
		}
		if err != nil {
			http.Error(w, "not delivered", http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(bridge.Close)
	return minio(t, "MINIO_NOTIFY_WEBHOOK_ENABLE_events=on", "MINIO_NOTIFY_WEBHOOK_ENDPOINT_events="+bridge.URL)
}
