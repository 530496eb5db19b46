package io.terrace.benchmarks.heap;

import java.io.Serial;
import java.io.Serializable;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** An ordinary mutable bean, with another inside, and a list. */
public final class Customer implements Serializable {
  @Serial private static final long serialVersionUID = 1L;

  private long id;
  private String name;
  private LocalDate born;
  private BigDecimal credit;
  private Address address;
  private List<String> tags;

  public Customer(long id, String name, LocalDate born, BigDecimal credit, Address address) {
    this.id = id;
    this.name = name;
    this.born = born;
    this.credit = credit;
    this.address = address;
    this.tags = new ArrayList<>(List.of("new", "mail", "europe"));
  }

  public List<String> getTags() {
    return tags;
  }

  public void setName(String name) {
    this.name = name;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Customer that
        && id == that.id
        && name.equals(that.name)
        && born.equals(that.born)
        && credit.equals(that.credit)
        && address.equals(that.address)
        && tags.equals(that.tags);
  }

  @Override
  public int hashCode() {
    return Objects.hash(id, name);
  }

  /** Where a customer lives. */
  public static final class Address implements Serializable {
    @Serial private static final long serialVersionUID = 1L;

    private String street;
    private String city;

    public Address(String street, String city) {
      this.street = street;
      this.city = city;
    }

    public void setStreet(String street) {
      this.street = street;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Address that && street.equals(that.street) && city.equals(that.city);
    }

    @Override
    public int hashCode() {
      return Objects.hash(street, city);
    }
  }
}
