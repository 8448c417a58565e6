// Walks length-prefixed OTLP trace exports without copying: ids, times, names and attributes of
// every span are found, and only their sizes are added up. Prints the seconds of the processor
// that walking alone took, without reading the file.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>

using Bytes = const uint8_t *;
static uint64_t sum = 0, spans = 0;

static uint64_t varint(Bytes &at, Bytes end) {
  uint64_t value = 0;
  for (int shift = 0; at < end && shift < 64; shift += 7) {
    uint8_t byte = *at++;
    value |= uint64_t(byte & 0x7f) << shift;
    if (byte < 0x80) return value;
  }
  exit(1);
}

template <class Visit> static void fields(Bytes at, Bytes end, Visit visit) {
  while (at < end) {
    uint64_t key = varint(at, end), size;
    switch (key & 7) {
    case 0: visit(key >> 3, at, at, varint(at, end)); break;
    case 1: { uint64_t v; memcpy(&v, at, 8); visit(key >> 3, at, at, v); at += 8; break; }
    case 5: { uint32_t v; memcpy(&v, at, 4); visit(key >> 3, at, at, v); at += 4; break; }
    case 2:
      size = varint(at, end);
      if (size > uint64_t(end - at)) exit(1);
      visit(key >> 3, at, at + size, 0);
      at += size;
      break;
    default: exit(1);
    }
  }
}

static void attribute(Bytes at, Bytes end) {
  fields(at, end, [](uint64_t n, Bytes at, Bytes end, uint64_t) {
    if (n == 1) sum += end - at;
    if (n == 2) fields(at, end, [](uint64_t, Bytes at, Bytes end, uint64_t v) { sum += end - at + v; });
  });
}

static void span(Bytes at, Bytes end) {
  spans++;
  fields(at, end, [](uint64_t n, Bytes at, Bytes end, uint64_t v) {
    if (n == 9) attribute(at, end);
    else sum += end - at + v;
  });
}

int main(int argc, char **argv) {
  FILE *file = argc == 2 ? fopen(argv[1], "rb") : nullptr;
  if (!file) return 2;
  fseek(file, 0, SEEK_END);
  size_t size = ftell(file);
  rewind(file);
  auto *bytes = static_cast<uint8_t *>(malloc(size));
  if (fread(bytes, 1, size, file) != size) return 2;
  clock_t begun = clock();
  for (Bytes at = bytes, end = bytes + size; end - at > 4;) {
    size_t length = size_t(at[0]) << 24 | at[1] << 16 | at[2] << 8 | at[3];
    at += 4;
    fields(at, at + length, [](uint64_t, Bytes at, Bytes end, uint64_t) {
      fields(at, end, [](uint64_t n, Bytes at, Bytes end, uint64_t) {
        if (n == 1) fields(at, end, [](uint64_t n, Bytes at, Bytes end, uint64_t) { if (n == 1) attribute(at, end); });
        if (n == 2) fields(at, end, [](uint64_t n, Bytes at, Bytes end, uint64_t) { if (n == 2) span(at, end); });
      });
    });
    at += length;
  }
  printf("%f\n%llu spans, %llu\n", double(clock() - begun) / CLOCKS_PER_SEC,
         (unsigned long long)spans, (unsigned long long)sum);
}
