{{/* HorizontalPodAutoscaler or KEDA ScaledObject; takes root, component and v. */}}
{{- define "hexaface.autoscaler" }}
{{- $a := .v.autoscaling }}
{{- if $a.enabled }}
{{- if and .root.Values.keda.enabled $a.queueDepth }}
---
apiVersion: keda.sh/v1alpha1
kind: ScaledObject
metadata:
  name: {{ include "hexaface.name" . }}
  labels: {{- include "hexaface.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { name: {{ include "hexaface.name" . }} }
  minReplicaCount: {{ $a.min }}
  maxReplicaCount: {{ $a.max }}
  cooldownPeriod: 300
  triggers:
    - type: prometheus
      metadata:
        serverAddress: {{ .root.Values.keda.prometheusAddress }}
        query: sum(avg_over_time(hexaface_queue_items{service="{{ include "hexaface.name" . }}",namespace="{{ .root.Release.Namespace }}"}[30s]))
        threshold: {{ $a.queueDepth | quote }}
{{- else }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: {{ include "hexaface.name" . }}
  labels: {{- include "hexaface.labels" . | nindent 4 }}
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: {{ include "hexaface.name" . }} }
  minReplicas: {{ $a.min }}
  maxReplicas: {{ $a.max }}
  behavior:
    scaleDown: { stabilizationWindowSeconds: 300 }
  metrics:
    {{- if $a.queueDepth }}
    - type: Pods
      pods:
        metric: { name: hexaface_queue_items }
        target: { type: AverageValue, averageValue: {{ $a.queueDepth | quote }} }
    {{- else }}
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ $a.cpu }} }
    {{- end }}
{{- end }}
{{- end }}
{{- end }}
