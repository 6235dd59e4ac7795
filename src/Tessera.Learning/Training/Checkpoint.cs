using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tessera.Learning.Optimisers;

namespace Tessera.Learning.Training;

/// <summary>
/// A run's weights, moments and step in one file, written beside and renamed, so that an interrupted write leaves the last one whole.
/// Layout: magic, step (int32), number of parameters (int32), per parameter its name, count and values (weights, then moments, F32), and
/// at the end the SHA-256 of all that.
/// </summary>
internal sealed class Checkpoint(string directory)
{
    private const uint Magic = 0x31434B54; // "TKC1"
    private readonly string _path = System.IO.Path.Combine(directory, "checkpoint.bin");

    /// <summary>Writes the state of a run.</summary>
    public void Save(AdamW optimiser)
    {
        Directory.CreateDirectory(directory);
        var temporary = _path + ".new";
        using (var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256))
        using (var file = File.Create(temporary))
        {
            void Write(ReadOnlySpan<byte> bytes)
            {
                hash.AppendData(bytes);
                file.Write(bytes);
            }

            Write(MemoryMarshal.AsBytes([Magic, (uint)optimiser.Step, (uint)optimiser.Parameters.Count]));
            for (var i = 0; i < optimiser.Parameters.Count; i++)
            {
                var parameter = optimiser.Parameters[i];
                var name = System.Text.Encoding.UTF8.GetBytes(parameter.Name);
                Write(MemoryMarshal.AsBytes([(uint)name.Length, (uint)parameter.Tensor.Count]));
                Write(name);
                Write(MemoryMarshal.AsBytes(parameter.Tensor.Values));
                Write(MemoryMarshal.AsBytes(optimiser.Moments(i)));
            }

            file.Write(hash.GetHashAndReset());
            file.Flush(flushToDisk: true);
        }

        File.Move(temporary, _path, overwrite: true);
    }

    /// <summary>Restores the state of a run if there is one.</summary>
    /// <exception cref="MalformedInputException">The file is damaged, or belongs to another model.</exception>
    public bool TryRestore(AdamW optimiser)
    {
        if (!File.Exists(_path)) return false;
        var bytes = File.ReadAllBytes(_path);
        if (bytes.Length < 12 + SHA256.HashSizeInBytes || !SHA256.HashData(bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes)).AsSpan().SequenceEqual(bytes.AsSpan(^SHA256.HashSizeInBytes..)))
            throw Damaged("its checksum does not fit");
        var rest = bytes.AsSpan(0, bytes.Length - SHA256.HashSizeInBytes);
        var header = Take<uint>(ref rest, 3);
        if (header[0] != Magic || header[2] != optimiser.Parameters.Count) throw Damaged("it belongs to another model or version");
        for (var i = 0; i < optimiser.Parameters.Count; i++)
        {
            var parameter = optimiser.Parameters[i];
            var sizes = Take<uint>(ref rest, 2);
            var name = System.Text.Encoding.UTF8.GetString(Take<byte>(ref rest, (int)sizes[0]));
            if (name != parameter.Name || sizes[1] != parameter.Tensor.Count) throw Damaged($"it has {name} where the model has {parameter.Name}");
            Take<float>(ref rest, (int)sizes[1]).CopyTo(parameter.Tensor.Values);
            Take<float>(ref rest, 2 * (int)sizes[1]).CopyTo(optimiser.Moments(i));
            parameter.Changed();
        }

        optimiser.Resume((int)header[1]);
        return true;
    }

    private static ReadOnlySpan<T> Take<T>(ref Span<byte> rest, int count) where T : unmanaged
    {
        var taken = MemoryMarshal.Cast<byte, T>(rest[..checked(count * System.Runtime.CompilerServices.Unsafe.SizeOf<T>())]);
        rest = rest[(count * System.Runtime.CompilerServices.Unsafe.SizeOf<T>())..];
        return taken;
    }

    private MalformedInputException Damaged(string reason) => new(_path, "checkpoint", $"{reason}; remove the file to start anew");
}
