/* The one thing the command line needs that the JDK has not: see ProcessEnd.java. */
#include <jni.h>
#include <unistd.h>

JNIEXPORT void JNICALL Java_dev_smolvm_cli_terminal_ProcessEnd_exit(JNIEnv *env, jclass type, jint code) {
    (void)env;
    (void)type;
    _exit(code);
}
