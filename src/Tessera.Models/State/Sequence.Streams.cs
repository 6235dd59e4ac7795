using System.Buffers.Binary;
using System.Text;
using Tessera.Models.Passes;
using Tessera.Tensors;
using Tessera.Tensors.Kernels;

namespace Tessera.Models.State;

public sealed partial class Sequence
{
    private const uint Magic = 0x31515354; // "TSQ1"
    private const int MostProvenance = 4096;
    private Arithmetic? _arithmetic; // of the passes that computed what it holds; null before the first
    private bool _unrepeatable; // passes in both arithmetics, or with hooks that change activations

    /// <summary>
    /// Names everything that the contents depend on besides the tokens: weights, adapter, table, formats, rotation, arithmetic and kernels. Two sequences
    /// with the same provenance and tokens hold the same bits. Null where tokens do not say what is held: under a policy or a schedule, behind hooks that
    /// change activations, over an encoder's memory, or where exact and fast passes were mixed.
    /// </summary>
    public string? Provenance
    {
        get
        {
            if (_unrepeatable || Policy is not null || Schedule is not null || Pending is not null || Memories.Count > 0) return null;
            var text = new StringBuilder();
            text.Append("weights ").Append(Fingerprint.Of(Stack.Parameters.Select(p => (p.Key, p.Value.Tensor))));
            if (Adapter is { } adapter)
                text.Append("; adapter ").Append(Fingerprint.Of(adapter.Maps.SelectMany(m => new (string, Tensor)[] { (m.Key + ".A", m.Value.A.Tensor), ($"{m.Key}.B×{m.Value.Scale:R}", m.Value.B.Tensor) })));
            if (Embedding is { } table) text.Append("; table ").Append(Fingerprint.Of([("table", table.Tensor)]));
            if (_states.OfType<KeyValueState>().FirstOrDefault() is { } cached)
                text.Append($"; keys {cached.Options.KeyFormat}, values {cached.Options.ValueFormat}{(cached.Rotation is null ? "" : ", raw")}{(Renumbers ? ", renumbered" : "")}");
            if (_arithmetic is { } arithmetic) text.Append($"; {arithmetic} on {MachineProbe.Kernels}");
            return text.ToString();
        }
    }

    /// <summary>Writes the tokens and what the layers hold of them, for <see cref="Load"/>. About the size of <see cref="Bytes"/>.</summary>
    /// <param name="stream">Where to.</param>
    /// <exception cref="NotSupportedException">The sequence has no <see cref="Provenance"/>: nobody could tell what the contents would be good for.</exception>
    public void Save(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var provenance = Encoding.UTF8.GetBytes(
            Provenance ?? throw new NotSupportedException("What this sequence holds does not follow from its tokens (a policy, a schedule, hooks that edit, mixed arithmetic), so it is not saved."));
        Span<byte> head = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32LittleEndian(head, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], provenance.Length);
        BinaryPrimitives.WriteInt32LittleEndian(head[8..], _tokens.Count);
        BinaryPrimitives.WriteInt32LittleEndian(head[12..], NextPosition);
        stream.Write(head);
        stream.Write(provenance);
        foreach (var token in _tokens)
        {
            BinaryPrimitives.WriteInt32LittleEndian(head, token);
            stream.Write(head[..4]);
        }

        foreach (var state in _states) state.Save(stream);
    }

    /// <summary>Takes the place of what <see cref="Save"/> wrote; where that fails the sequence is empty, or as it was.</summary>
    /// <param name="stream">The stream, read up to the end of the sequence's contents.</param>
    /// <param name="arithmetic">The arithmetic of the passes that will go on with it: that of the contents must be the same.</param>
    /// <returns>Whether the contents fit; false, with the sequence as it was, where they have another provenance.</returns>
    /// <exception cref="MalformedInputException">The stream holds something else, is cut short, or contradicts itself.</exception>
    /// <exception cref="ResourceLimitException">The page pool has no room.</exception>
    public bool Load(Stream stream, Arithmetic arithmetic)
    {
        ArgumentNullException.ThrowIfNull(stream);
        Span<byte> head = stackalloc byte[16];
        StateStream.Read(stream, head);
        if (BinaryPrimitives.ReadUInt32LittleEndian(head) != Magic) throw StateStream.Malformed("header", "this is no saved sequence");
        var (length, count, next) = (BinaryPrimitives.ReadInt32LittleEndian(head[4..]), BinaryPrimitives.ReadInt32LittleEndian(head[8..]), BinaryPrimitives.ReadInt32LittleEndian(head[12..]));
        if ((uint)length > MostProvenance) throw StateStream.Malformed("header", $"a provenance of {length} bytes");
        if (count < 0 || count > Stack.Config.MaxPositions || next < 0 || next > Stack.Config.MaxPositions)
            throw StateStream.Malformed("header", $"{count} tokens up to position {next}, where the model has {Stack.Config.MaxPositions}");
        var provenance = new byte[length];
        StateStream.Read(stream, provenance);
        if (Policy is not null || Schedule is not null || Memories.Count > 0) return false;
        if (count > 0 && Encoding.UTF8.GetString(provenance) != Expected(arithmetic)) return false;
        Truncate(0);
        try
        {
            var vocabulary = (Embedding ?? Stack.Embedding).Tensor.Shape.Span[0];
            for (var i = 0; i < count; i++)
            {
                StateStream.Read(stream, head[..4]);
                var token = BinaryPrimitives.ReadInt32LittleEndian(head);
                if (token < -1 || token >= vocabulary) throw StateStream.Malformed($"token {i}", $"id {token} in a vocabulary of {vocabulary}");
                _tokens.Add(token);
            }

            foreach (var state in _states)
            {
                state.Load(stream);
                if (state.Length != count) throw StateStream.Malformed("layer", $"{state.Length} tokens instead of {count}");
                if (state is KeyValueState cached && cached.HighestPosition >= next) throw StateStream.Malformed("layer", $"position {cached.HighestPosition}, where the next is {next}");
            }
        }
        catch
        {
            Empty();
            throw;
        }

        (NextPosition, _arithmetic, _unrepeatable, _lastRows) = (next, count == 0 ? null : arithmetic, false, 0);
        return true;
    }

    private string? Expected(Arithmetic arithmetic)
    {
        var (before, repeatable) = (_arithmetic, _unrepeatable);
        (_arithmetic, _unrepeatable) = (arithmetic, false);
        var expected = Provenance;
        (_arithmetic, _unrepeatable) = (before, repeatable);
        return expected;
    }

    // How a pass came to what it appended.
    internal void Note(Pass pass)
    {
        _unrepeatable |= pass.Edits || _arithmetic is { } before && before != pass.Arithmetic;
        _arithmetic = pass.Arithmetic;
    }

    private void Empty()
    {
        foreach (var state in _states) state.Clear();
        _tokens.Clear();
        (NextPosition, _arithmetic, _unrepeatable, _lastRows) = (Stack.Config.PaddingToken + 1, null, false, 0);
    }
}
