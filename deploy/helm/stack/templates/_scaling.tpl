{{- /* Autoscaling and the disruption budget of a Deployment. Takes root, component, name, autoscaling, replicas, and
       queues: those by whose age KEDA scales, if it is there. */ -}}
{{- define "stack.scaling" -}}
{{- $auto := .autoscaling -}}
{{- $keda := and .root.Values.keda.enabled .queues -}}
{{- if ge (ternary $auto.minReplicas .replicas $auto.enabled | int) 2 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  name: {{ .name }}
  labels:
    {{- include "stack.labels" . | nindent 4 }}
spec:
  maxUnavailable: 1
  unhealthyPodEvictionPolicy: AlwaysAllow
  selector:
    matchLabels:
      {{- include "stack.selector" . | nindent 6 }}
{{- end }}
{{- if and $auto.enabled $keda }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ .name }}
  labels:
    {{- include "stack.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {name: {{ .name }}}
  minReplicaCount: {{ $auto.minReplicas }}
  maxReplicaCount: {{ $auto.maxReplicas }}
  cooldownPeriod: 300
  triggers:
    - type: prometheus
      metadata:
        serverAddress: {{ .root.Values.keda.prometheus | quote }}
        query: max(stack_queue_oldest_due_age_seconds{queue=~"{{ join "|" .queues }}",namespace="{{ .root.Release.Namespace }}"})
        threshold: {{ $auto.oldestSeconds | quote }}
{{- else if $auto.enabled }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ .name }}
  labels:
    {{- include "stack.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ .name }}}
  minReplicas: {{ $auto.minReplicas }}
  maxReplicas: {{ $auto.maxReplicas }}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: {{ $auto.cpuPercent }}}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: 300}
{{- end }}
{{- end -}}
