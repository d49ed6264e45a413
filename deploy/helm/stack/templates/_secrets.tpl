{{- /* Settings that are files, as STACK_NAME: key of the Secret; a YAML map. */ -}}
{{- define "stack.secretFiles" -}}
STACK_SECRET_KEY_FILE: session-key
STACK_DATABASE_FILE: database
STACK_REDIS_FILE: redis
{{- if .Values.kms.address }}
STACK_VAULT_KMS_TOKEN_FILE: kms-token
{{- else }}
STACK_VAULT_KEY_FILE: vault-key
{{- end }}
{{- if .Values.database.replicas }}
STACK_DATABASE_REPLICAS_FILE: database-replicas
{{- end }}
{{- if .Values.bundled.elasticsearch.enabled }}
STACK_SEARCH_PASSWORD_FILE: search-password
STACK_SEARCH_CA: search-ca.pem
{{- else }}
{{- if .Values.search.user }}
STACK_SEARCH_PASSWORD_FILE: search-password
{{- else if .Values.search.apiKey }}
STACK_SEARCH_API_KEY_FILE: search-api-key
{{- end }}
{{- if .Values.search.ca }}
STACK_SEARCH_CA: search-ca.pem
{{- end }}
{{- end }}
{{- if and .Values.artifacts.s3.bucket .Values.artifacts.s3.keys }}
STACK_S3_ACCESS_KEY_FILE: s3-access-key
STACK_S3_SECRET_KEY_FILE: s3-secret-key
{{- end }}
{{- if and .Values.artifacts.s3.bucket .Values.artifacts.s3.ca }}
STACK_S3_CA: s3-ca.pem
{{- end }}
{{- if .Values.metrics.enabled }}
STACK_METRICS_TOKEN_FILE: metrics-token
{{- end }}
{{- if .Values.tracing.headers }}
STACK_OTLP_HEADERS_FILE: otlp-headers
{{- end }}
{{- if .Values.sentry.enabled }}
STACK_SENTRY_DSN_FILE: sentry-dsn
{{- end }}
{{- with .Values.secrets.files }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{- /* Takes (dict "root" $ "name" "…" "keys" (list …)): a volume with these keys and no others, for the pod's group. */ -}}
{{- define "stack.secretVolume" -}}
- name: secrets
  secret:
    secretName: {{ .name }}
    defaultMode: 0440
    items:
      {{- range .keys | uniq | sortAlpha }}
      - {key: {{ . }}, path: {{ . }}}
      {{- end }}
{{- end -}}
