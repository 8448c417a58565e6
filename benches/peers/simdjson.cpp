// Parses every line of a file into simdjson's DOM, and does nothing with it. Prints the seconds
// of the processor that parsing alone took, without reading the file.
#include <simdjson.h>

#include <cstdio>
#include <cstring>
#include <ctime>

int main(int argc, char **argv) {
  simdjson::padded_string text;
  if (argc != 2 || simdjson::padded_string::load(argv[1]).get(text)) return 2;
  simdjson::dom::parser parser;
  const char *at = text.data(), *end = at + text.size();
  clock_t begun = clock();
  while (at < end) {
    auto *stop = static_cast<const char *>(memchr(at, '\n', end - at));
    if (!stop) stop = end;
    simdjson::dom::element element;
    if (parser.parse(at, stop - at, false).get(element)) return 1;
    at = stop + 1;
  }
  printf("%f\n", double(clock() - begun) / CLOCKS_PER_SEC);
}
