using Tessera.Tokenizers.Files.Compact;

namespace Tessera.Tokenizers.Tests.Files.Compact;

/// <summary>Mapped files; a name in ASCII goes by the system's library, another by the runtime.</summary>
public sealed unsafe class FileMemoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    [Theory]
    [InlineData("plain.tok")]
    [InlineData("blänk 中.tok")]
    public void AFileIsReadAsItIs(string name)
    {
        var path = Path.Combine(_folder, name);
        var bytes = Enumerable.Range(0, 10_000).Select(static i => (byte)(i * i >> 3)).ToArray();
        File.WriteAllBytes(path, bytes);
        using var memory = FileMemory.Map(path);
        File.Delete(path);
        new ReadOnlySpan<byte>(memory.First, checked((int)memory.Length)).SequenceEqual(bytes).ShouldBeTrue();
    }

    [Theory]
    [InlineData("empty.tok")]
    [InlineData("äempty.tok")]
    public void AnEmptyFileHasNoBytes(string name)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllBytes(path, []);
        using (var memory = FileMemory.Map(path)) memory.Length.ShouldBe(0);
        Should.Throw<MalformedInputException>(() => Tokenizer.Load(path));
    }

    [Fact]
    public void WhatCannotBeReadIsSaidByTheRuntimesExceptions()
    {
        Should.Throw<FileNotFoundException>(() => Tokenizer.Load(Path.Combine(_folder, "missing.tok")));
        Should.Throw<DirectoryNotFoundException>(() => Tokenizer.Load(Path.Combine(_folder, "missing", "missing.tok")));
        Should.Throw<UnauthorizedAccessException>(() => Tokenizer.Load(_folder));
        Should.Throw<ArgumentException>(() => Tokenizer.Load("a\0b"));
        Should.Throw<ArgumentException>(() => Tokenizer.Load(""));
        Should.Throw<IOException>(() => Tokenizer.Load(Path.Combine(_folder, new string('a', 600))));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);
}
