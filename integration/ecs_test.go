package integration

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
)

// toECS renames the fields of a Windows event as Winlogbeat's modules do,
// after the exported fields that Elastic documents for them. It is written for
// this test and knows nothing of the pipelines under test.
func toECS(t *testing.T, event []byte) []byte {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal(event, &fields); err != nil {
		t.Fatal(err)
	}
	out := map[string]any{}
	names := ecsNames(fields)
	for field, value := range fields {
		name, known := names[field]
		if !known {
			name = "winlog.event_data." + field
		}
		out[name] = value
	}
	out["event.code"] = jsonText(fields["EventID"])
	splitUser(out)
	direction(out)
	data, err := json.Marshal(out)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func jsonText(v any) string {
	data, _ := json.Marshal(v)
	return strings.Trim(string(data), `"`)
}

// splitUser takes DOMAIN\name apart, as the Sysmon module does.
func splitUser(event map[string]any) {
	if user, ok := event["user.name"].(string); ok {
		if domain, name, both := strings.Cut(user, `\`); both {
			event["user.domain"], event["user.name"] = domain, name
		}
	}
}

// direction says where a connection was begun.
func direction(event map[string]any) {
	switch event["network.direction"] {
	case "true":
		event["network.direction"] = "egress"
	case "false":
		event["network.direction"] = "ingress"
	}
}

// ecsNames are the names for the fields of one event.
func ecsNames(event map[string]any) map[string]string {
	names := map[string]string{
		"EventID": "event.code", "Channel": "winlog.channel", "Provider_Name": "winlog.provider_name",
		"Computer": "winlog.computer_name",
	}
	switch event["Provider_Name"] {
	case "Microsoft-Windows-Sysmon":
		maps.Copy(names, sysmonNames())
		switch jsonText(event["EventID"]) {
		case "1":
			maps.Copy(names, peNames("process.pe."))
		case "6", "7":
			maps.Copy(names, peNames("file.pe."))
		}
	case "Microsoft-Windows-Security-Auditing":
		maps.Copy(names, securityNames())
	case "Microsoft-Windows-PowerShell":
		names["ScriptBlockText"] = "powershell.file.script_block_text"
		names["ScriptBlockId"] = "powershell.file.script_block_id"
	}
	return names
}

func sysmonNames() map[string]string {
	return map[string]string{
		"Image": "process.executable", "SourceImage": "process.executable", "CommandLine": "process.command_line",
		"ProcessId": "process.pid", "ProcessGuid": "process.entity_id", "CurrentDirectory": "process.working_directory",
		"ParentImage": "process.parent.executable", "ParentCommandLine": "process.parent.command_line",
		"ParentProcessId": "process.parent.pid", "ParentProcessGuid": "process.parent.entity_id",
		"TargetFilename": "file.path", "ImageLoaded": "file.path", "PipeName": "file.name", "TargetObject": "registry.path",
		"Signature": "file.code_signature.subject_name", "SignatureStatus": "file.code_signature.status", "Signed": "file.code_signature.signed",
		"SourceIp": "source.ip", "SourcePort": "source.port", "SourceHostname": "source.domain",
		"DestinationIp": "destination.ip", "DestinationPort": "destination.port", "DestinationHostname": "destination.domain",
		"Protocol": "network.transport", "Initiated": "network.direction", "User": "user.name",
		"QueryName": "dns.question.name", "QueryStatus": "sysmon.dns.status",
	}
}

// peNames are those of a program's own description of itself.
func peNames(prefix string) map[string]string {
	return map[string]string{
		"Company": prefix + "company", "Description": prefix + "description", "Product": prefix + "product",
		"FileVersion": prefix + "file_version", "OriginalFileName": prefix + "original_file_name",
	}
}

func securityNames() map[string]string {
	return map[string]string{
		"NewProcessName": "process.executable", "ProcessName": "process.executable", "CommandLine": "process.command_line",
		"ParentProcessName": "process.parent.name", "SubjectUserName": "user.name", "SubjectDomainName": "user.domain",
		"SubjectUserSid": "user.id", "SubjectLogonId": "winlog.logon.id", "IpAddress": "source.ip", "IpPort": "source.port",
		"ServiceName": "service.name", "WorkstationName": "source.domain",
	}
}
