/* stuck FILE: a process whose command line cannot be read. It maps FILE and says "mapped"; when it is given a line, its file
 * system being frozen by then, one thread writes to the page and waits for the file system in the page fault; the first
 * thread then unmaps it, which waits for that fault, the lock of the process's memory in hand. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

static char *page;
static volatile int tid;

static void *touch(void *none) {
  int zero = open("/dev/zero", O_RDONLY);
  tid = (int)syscall(SYS_gettid);
  /* By the kernel: where the page is gone by the time that it may be written, that is an error and no SIGSEGV. */
  return read(zero, page, 1) == 1 ? none : NULL;
}

static int waits(void) {
  char path[64], text[512] = "";
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", tid);
  FILE *file = fopen(path, "r");
  if (file == NULL) return 0;
  size_t length = fread(text, 1, sizeof text - 1, file);
  fclose(file);
  text[length] = 0;
  char *end = strrchr(text, ')');
  return end != NULL && end[1] == ' ' && end[2] == 'D';
}

int main(int count, char **words) {
  pthread_t thread;
  char line[16];
  if (count < 2) return 1;
  int file = open(words[1], O_RDWR);
  page = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  if (page == MAP_FAILED) return 2;
  puts("mapped");
  fflush(stdout);
  if (fgets(line, sizeof line, stdin) == NULL) return 3;
  pthread_create(&thread, 0, touch, 0);
  while (tid == 0 || !waits()) usleep(1000);
  munmap(page, 4096);
  puts("unmapped");
  fflush(stdout);
  return fgets(line, sizeof line, stdin) == NULL ? 0 : 4;
}
