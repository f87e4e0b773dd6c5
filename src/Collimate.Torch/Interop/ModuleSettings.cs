using System.Runtime.CompilerServices;

// Every operator call keeps its arguments on the stack; clearing that memory first would cost more than the call.
[module: SkipLocalsInit]
