/*
 * DOUBLE of netapi32.dll for Wine, which can't be joined: a member of corp.example whose secure channel was in order
 * when it was last used. It refuses whoever asks in a way that would go to the network (ERROR_INVALID_PARAMETER).
 */
#include <windows.h>

#define DOUBLE __declspec(dllexport) DWORD WINAPI
#define BACKGROUND_ONLY_WITH_DNS_NAME 0x40000100

typedef struct { DWORD role, flags; LPCWSTR netbios, dns, forest; GUID guid; } Role;
typedef struct { LPCWSTR name, address; ULONG type; GUID guid; LPCWSTR domain, forest; ULONG flags; LPCWSTR dc_site, site; } Controller;
typedef struct { DWORD flags, pdc_status; LPCWSTR controller; DWORD status; } Channel;
typedef struct { int kind; void *certificate; LPCWSTR device, provider, tenant; } Entra;

static Role role = {3, 0, L"CORP", L"corp.example", L"corp.example"};
static Controller controller = {L"\\\\DC1.corp.example", L"\\\\10.66.0.10", 1, {0}, L"corp.example", L"corp.example", 0, L"Hamburg", L"Hamburg"};
static Channel channel = {0, 0, L"\\\\DC1.corp.example", 0};
static Entra entra = {1, NULL, L"device", L"provider", L"11111111-2222-3333-4444-555555555555"};

DOUBLE NetGetJoinInformation(LPCWSTR server, LPCWSTR *name, int *status) {
  *name = L"CORP";
  *status = 3;
  return 0;
}
DOUBLE DsRoleGetPrimaryDomainInformation(LPCWSTR server, int level, Role **found) {
  *found = &role;
  return level == 1 ? 0 : ERROR_INVALID_PARAMETER;
}
DOUBLE DsGetDcNameW(LPCWSTR computer, LPCWSTR domain, GUID *guid, LPCWSTR site, ULONG flags, Controller **found) {
  *found = &controller;
  return flags == BACKGROUND_ONLY_WITH_DNS_NAME ? 0 : ERROR_INVALID_PARAMETER;
}
DOUBLE I_NetLogonControl2(LPCWSTR server, DWORD function, DWORD level, LPCWSTR *domain, Channel **found) {
  *found = &channel;
  return function == 6 && level == 2 && lstrcmpW(*domain, L"CORP") == 0 ? 0 : ERROR_INVALID_PARAMETER;
}
DOUBLE NetGetAadJoinInformation(LPCWSTR tenant, Entra **found) {
  *found = &entra;
  return 0;
}
DOUBLE NetApiBufferFree(void *buffer) { return 0; }
__declspec(dllexport) void WINAPI DsRoleFreeMemory(void *buffer) {}
__declspec(dllexport) void WINAPI NetFreeAadJoinInformation(void *buffer) {}
