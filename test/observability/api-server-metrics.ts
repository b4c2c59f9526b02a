/**
 * What a kube-apiserver tells of webhooks, with its labels: v1.36. test/e2e/observability.e2e.test.ts holds it against a real
 * one.
 */
export const API_SERVER_METRICS: Readonly<Record<string, readonly string[]>> = {
  apiserver_admission_webhook_admission_duration_seconds: ['name', 'operation', 'rejected', 'type'],
  apiserver_admission_webhook_fail_open_count: ['name', 'type'],
  apiserver_admission_webhook_rejection_count: ['error_type', 'name', 'operation', 'rejection_code', 'type'],
  apiserver_admission_webhook_request_total: ['code', 'name', 'operation', 'rejected', 'type'],
}
