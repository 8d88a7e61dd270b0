-- View access_by_resource_feed: without the load balancer that logged an event. Every
-- request has one, "who accessed it" is the whole of its log, and writing that log
-- twice was a fifth of an ingest. The question is answered from events (package
-- query knows such names: app/…); what requests did to patients stays here. Rows that
-- were written before stay too.
--
-- +goose NO TRANSACTION
-- +goose Up
ALTER TABLE access_by_resource_feed MODIFY QUERY
SELECT
    arrayJoin(arrayDistinct(arrayConcat(
        if(source = 'aws_alb', arrayFilter(r -> NOT startsWith(r, 'app/'), resource_ids), resource_ids),
        if(patient_token = '', [], [patient_token])))) AS resource,
    tenant_id, event_time, source, action, service, status_id, status_code, read_only, cloud_account, actor_type, actor_id,
    actor_name, actor_role, actor_session, src_ip, src_addr, src_country, patient_token, purpose_of_use, flags, batch, record_no
FROM events
WHERE row_kind = 0;
