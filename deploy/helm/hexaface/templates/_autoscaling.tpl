{{/*
KEDA ScaledObject or HorizontalPodAutoscaler; takes root, component and v. Of several triggers the one that wants more
replicas counts: the queue sees a burst at once, and only how busy the replicas are says that they are still needed when
the queue is gone (docs/scaling.md).
*/}}
{{- define "hexaface.autoscaler" }}
{{- $a := .v.autoscaling }}
{{- if $a.enabled }}
{{- if and .root.Values.keda.enabled (or $a.queueDepth $a.busy) }}
{{- $labels := printf `service="%s",namespace="%s"` (include "hexaface.name" .) .root.Release.Namespace }}
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
  advanced:
    horizontalPodAutoscalerConfig:
      behavior: { scaleDown: { stabilizationWindowSeconds: 300 } }
  triggers:
    {{- if $a.busy }}
    - type: prometheus
      metadata:
        serverAddress: {{ .root.Values.keda.prometheusAddress }}
        query: sum(rate(hexaface_model_seconds_sum{ {{- $labels -}} }[1m]))
        threshold: {{ $a.busy | quote }}
    {{- end }}
    {{- if $a.queueDepth }}
    - type: prometheus
      metadata:
        serverAddress: {{ .root.Values.keda.prometheusAddress }}
        query: sum(avg_over_time(hexaface_queue_items{ {{- $labels -}} }[30s]))
        threshold: {{ $a.queueDepth | quote }}
    {{- end }}
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
    - type: Resource
      resource:
        name: cpu
        target: { type: Utilization, averageUtilization: {{ $a.cpu }} }
{{- end }}
{{- end }}
{{- end }}
